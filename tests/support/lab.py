# SPDX-License-Identifier: BSD-2-Clause
"""Lab -- a container host in miniature: a bridge, containers on it, a resolver, dnscache.

                host namespace (the four stages run here)
    client ──veth── br0 ──veth── resolver (unbound)          Lab()
    client ──veth── br0, routed ──veth── resolver            Lab(resolver_at="uplink")

Everything lives in namespaces that vanish with this process (namespace.py).
"""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from namespace import Namespace
from stages import API_PORT, Stages
from wait import wait_until
import variant
import wire

ZONE = "lab.test"
TTL_S = 2          # answers get stale soon
NAME_COUNT = 100   # name0 ... name99: an A and an AAAA record each
ONLY_A_COUNT = 10  # only-a0 ... only-a9
RESOLVER_NUMBER = 53
UPLINK_EDGE = "up0"
RESOLVER_IPS = {
    "bridge": (f"10.53.0.{RESOLVER_NUMBER}", f"fd53::{RESOLVER_NUMBER:x}"),
    "uplink": ("10.99.0.53", "fd99::53"),
}
MTU_MAX = 65535
OVER_RETRY_S = 0.5

instance_numbers = itertools.count(1) # of this process


def name(number):
    return f"name{number}.{ZONE}"


def only_a(number):
    return f"only-a{number}.{ZONE}"


def addresses_of(text):
    """What a name of this zone resolves to, here and in the zone file below."""
    label = text.split(".")[0]
    if label.startswith("only-a"):
        return {f"192.0.2.{200 + int(label[6:])}"}
    number = int(label[4:])
    return {f"192.0.2.{number}", f"2001:db8::{number + 1:x}"}


def ipv4_of(text):
    """The same, in the order of a response for type A."""
    return [address for address in addresses_of(text) if ":" not in address]


def zone_records():
    yield f"{ZONE}. 3600 IN SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 {TTL_S}"
    for text in [name(i) for i in range(NAME_COUNT)] + [only_a(i) for i in range(ONLY_A_COUNT)]:
        for address in addresses_of(text):
            yield f"{text}. {TTL_S} IN {'AAAA' if ':' in address else 'A'} {address}"


class Container(Namespace):
    """A namespace with one veth: `eth0` inside, `edge` in the host."""

    def __init__(self, host, title, ip4, ip6, resolver_ip="127.0.0.1"):
        super().__init__(title, {
            "/etc/resolv.conf": f"nameserver {resolver_ip}\n",
            "/etc/nsswitch.conf": "hosts: files dns\n",
        })
        self.host = host
        self.edge = f"v-{title}"
        self.ip4, self.ip6 = ip4, ip6
        self.mac = None
        self.network = None # bridge or None, its addresses, MTU: what plug() needs

    def plug(self):
        """Make the veth, and be on the bridge (or on a link of its own)."""
        bridge, router4, router6, mtu = self.network
        master = f"master {bridge}" if bridge else ""
        self.host.ip(f"""
            link add {self.edge} mtu {mtu} type veth peer name eth0 mtu {mtu} netns {self.pid}
            link set {self.edge} {master} up""")
        self.ip(f"""
            addr add {self.ip4}/24 dev eth0
            addr add {self.ip6}/64 dev eth0 nodad
            link set eth0 up
            route add default via {router4}
            route add ::/0 via {router6}""")
        variant.set_offload(self, "eth0")
        self.mac = self.run(["cat", "/sys/class/net/eth0/address"]).stdout.strip()

    def unplug(self):
        self.host.ip(f"link del {self.edge}")

    def ip(self, commands):
        self.run(["ip", "-batch", "-"], text="\n".join(commands.strip().splitlines()) + "\n")

    @property
    def address(self):
        return variant.address(self.ip4, self.ip6)

    def raw_socket(self):
        """For whole Ethernet frames out of eth0."""
        raw = self.socket(socket.AF_PACKET, socket.SOCK_RAW)
        raw.bind(("eth0", 0))
        return raw

    def udp_socket(self, family=None, port=0):
        family = family or variant.family()
        udp = self.socket(family, socket.SOCK_DGRAM)
        udp.bind((self.ip6 if family == socket.AF_INET6 else self.ip4, port))
        udp.settimeout(5)
        return udp

    def endpoint(self, port, family=None):
        family = family or variant.family()
        return wire.Endpoint(self.mac, self.ip6 if family == socket.AF_INET6 else self.ip4, port)


class Host(Namespace):
    def __init__(self, mtu, resolver_ip):
        super().__init__("host", {
            "/etc/resolv.conf": f"nameserver {resolver_ip}\n",
            "/etc/nsswitch.conf": "hosts: files dns\n",
        })
        self.prepare(mtu)

    def prepare(self, mtu):
        self.run(["sh", "-c", """
            cd /proc/sys/net
            echo 0 | tee ipv6/conf/all/accept_dad ipv6/conf/default/accept_dad
            echo 1 | tee ipv4/ip_forward ipv6/conf/all/forwarding"""])
        self.add_bridge("br0", "10.53.0.1", "fd53::1", mtu)

    ip = Container.ip

    def add_bridge(self, bridge, ip4, ip6, mtu=1500):
        # Of its own, as Docker's: else it is a port's, and changes with each that comes.
        mac = ":".join(f"{byte:02x}" for byte in (2, 0xbd, *socket.inet_aton(ip4)))
        self.ip(f"""
            link add {bridge} mtu {mtu} address {mac} type bridge mcast_snooping 0
            addr add {ip4}/24 dev {bridge}
            addr add {ip6}/64 dev {bridge} nodad
            link set {bridge} up""")


class Unbound:
    """Debian's resolver, in a container, knowing lab.test and nothing else."""

    def __init__(self, container, folder, records):
        self.container = container
        # A copy: Debian's AppArmor profile binds /usr/sbin/unbound to /etc/unbound.
        binary = shutil.copy(shutil.which("unbound", path="/usr/sbin:/usr/bin"),
                             os.path.join(folder, f"unbound-{container.name}"))
        config = os.path.join(folder, f"{container.name}.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(self._config(folder, records))
        self._log_path = os.path.join(folder, f"{container.name}.log")
        self._log = open(self._log_path, "wb")
        self._argv = [binary, "-d", "-c", config]
        self.start()

    def start(self):
        self._process = self.container.start(self._argv, stdout=self._log, stderr=self._log)

    def end(self):
        """The process is gone and its port closed, which the kernel tells who asks."""
        self._process.kill()
        self._process.wait()

    def _config(self, folder, records):
        return f"""
server:
  interface: {self.container.ip4}
  interface: {self.container.ip6}
  access-control: 0.0.0.0/0 allow
  access-control: ::0/0 allow
  chroot: ""
  username: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  module-config: "iterator"
{self._zones(folder, records)}
remote-control:
  control-enable: no
"""

    def _zones(self, _folder, records):
        """The rest of the section `server:`, and further ones."""
        data = "\n".join(f"  local-data: '{record}'" for record in records)
        return f"""  local-zone: "." static
  local-zone: "{ZONE}." static
{data}"""

    def is_answering(self):
        with self.container.udp_socket() as udp:
            udp.settimeout(0.1)
            udp.sendto(wire.query(1, ZONE, "SOA"), (self.container.address, wire.DNS_PORT))
            try:
                return bool(udp.recv(4096))
            except OSError: # not there yet
                return False

    def pid(self):
        return self._process.pid

    def stop(self):
        self._process.send_signal(signal.SIGSTOP)

    def revive(self):
        self._process.send_signal(signal.SIGCONT)

    def drop_packets(self):
        self.container.run(["nft", """
            table inet outage {
                chain input {
                    type filter hook input priority 0
                    udp dport 53 drop
                    tcp dport 53 drop
                }
            }"""])

    def pass_packets(self):
        self.container.run(["nft", "delete table inet outage"])

    @contextlib.contextmanager
    def stopped(self):
        self.stop()
        try:
            yield
        finally:
            self.revive()

    @contextlib.contextmanager
    def ended(self):
        self.end()
        try:
            yield
        finally:
            self.start()
            wait_until("unbound answers again", self.is_answering, 10)

    @contextlib.contextmanager
    def dropped(self):
        self.drop_packets()
        try:
            yield
        finally:
            self.pass_packets()

    def outage(self, how):
        return {"stopped": self.stopped, "dropped": self.dropped, "ended": self.ended}[how]()


class Lab:
    def __init__(self, resolver_at="bridge", config="", records=None, mtu=1500,
                 with_stages=True, title="lab", worker=None, taps=None):
        """`records`: the resolver's, if not those of lab.test; `title`: of the instance;
        `worker`: how many, `taps`: of which kind, whatever the variant says."""
        self._stack = contextlib.ExitStack()
        self._numbers = iter(range(10, 250)) # of containers
        self._mtu = mtu
        self._title = title
        self._newest = None # the stages a failure is probably about
        self._endings = 0 # of outages
        self.containers = []
        try:
            self._open(resolver_at, config, zone_records() if records is None else records,
                       with_stages, worker, taps)
        except BaseException:
            self.close()
            raise

    def _open(self, resolver_at, config, records, with_stages, worker, taps):
        self.folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix=f"dnscache-{self._title}-"))
        variant.write_drop_in(self.folder, worker, taps)
        self.host = self._make_host(variant.address(*RESOLVER_IPS[resolver_at]))
        self._stack.callback(self.host.stop)
        if resolver_at == "bridge":
            self.resolver_box = self.attach("resolver", number=RESOLVER_NUMBER)
        else:
            self.resolver_box = self._attach_uplink()
        self.resolver = self._make_resolver(records)
        self.client = self.attach("client")
        wait_until("unbound answers", self.resolver.is_answering, 10)
        self.stages = self.start_stages(config) if with_stages else None

    def _make_host(self, resolver_ip):
        return Host(self._mtu, resolver_ip)

    def _make_resolver(self, records):
        return Unbound(self.resolver_box, self.folder, records)

    def _attach_uplink(self):
        box = Container(self.host, "resolver", *RESOLVER_IPS["uplink"])
        self._stack.callback(box.stop)
        box.edge = UPLINK_EDGE
        box.network = (None, "10.99.0.1", "fd99::1", self._mtu)
        box.plug()
        self.host.ip(f"""
            addr add 10.99.0.1/24 dev {UPLINK_EDGE}
            addr add fd99::1/64 dev {UPLINK_EDGE} nodad
            route add default via 10.99.0.53
            route add ::/0 via fd99::53""")
        return box

    def attach(self, title, number=None, resolver_ip=None, bridge="br0", net="10.53.0",
               net6="fd53:"):
        """A new container on a bridge."""
        number = number or next(self._numbers)
        if resolver_ip is None and title != "resolver":
            resolver_ip = self.resolver_box.address
        box = Container(self.host, title, f"{net}.{number}", f"{net6}:{number:x}",
                        resolver_ip or "127.0.0.1")
        box.network = (bridge, f"{net}.1", f"{net6}:1", self._mtu)
        self._stack.callback(box.stop)
        box.plug()
        self.containers.append(box)
        return box

    def detach(self, box):
        """A container ends."""
        box.unplug()
        self.containers.remove(box)

    def new_stages(self, config="", api_port=API_PORT):
        """Another instance of dnscache in the host, not started. config=None: without a file."""
        instance = f"{self._title}{os.getpid()}-{next(instance_numbers)}"
        stages = Stages(self.host, self.folder, instance, config, api_port)
        self._stack.callback(stages.close)
        self._newest = stages
        return stages

    def start_stages(self, config="", edges=None, api_port=API_PORT):
        """`edges`: how many they will watch, if not every container's."""
        stages = self.new_stages(config, api_port)
        stages.start()
        stages.wait_until_watching(len(self.containers) if edges is None else edges)
        return stages

    def restart_stages(self, config=""):
        """The same lab, dnscache started anew and knowing nothing."""
        self.stages.close()
        self.stages = self.start_stages(config)
        return self.stages

    def wait_until_over(self):
        """After an outage: the resolver has answered, and dnscache has seen it."""
        self._endings += 1
        seen = self.stages.metrics().responses()
        with self.client.udp_socket() as udp:
            udp.settimeout(OVER_RETRY_S)
            wait_until("the revived resolver answers", lambda: self._is_answered(udp), 5)
        wait_until("a response of the revived resolver is seen", lambda: (
            self.stages.metrics().responses() > seen and not self.stages.metrics().silent()), 5)
        self.stages.settled()

    def _is_answered(self, udp):
        """Ask for a new name, which dnscache cannot answer. A bridge that was lied to (41) may
        send the first such queries elsewhere."""
        try:
            udp.sendto(wire.query(2, f"ending{self._endings}.{ZONE}"),
                       (self.resolver_box.address, wire.DNS_PORT))
            return bool(udp.recv(4096))
        except socket.timeout:
            return False

    def load(self, queries, qps, seconds, client=None, server=None):
        """dnsperf in a container, running until seconds are over; see Load."""
        return Load(client or self.client, server or self.resolver_box.address, self.folder,
                    queries, qps, seconds)

    def describe(self):
        return self._newest.describe() if self._newest else ""

    def close(self):
        self._stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Load:
    """dnsperf: `queries` are (name, type) pairs, asked in turn."""

    def __init__(self, client, server, folder, queries, qps, seconds):
        handle, path = tempfile.mkstemp(dir=folder, suffix=".queries")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.writelines(f"{text} {kind}\n" for text, kind in queries)
        rate = ["-Q", str(qps)] if qps else []
        self._seconds = seconds
        self._process = client.start(
            ["dnsperf", "-s", server, "-d", path, "-l", str(seconds), "-t", "2", *rate],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")

    def is_running(self):
        return self._process.poll() is None

    def stop(self):
        """End it before its time; as finish()."""
        self._process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self):
        """Wait for the end. Returns {"sent": ..., "completed": ..., "lost": ...}, and "text"."""
        text, _ = self._process.communicate(timeout=self._seconds + 30)
        figures = {"text": text}
        for line in text.splitlines():
            words = line.split()
            if words[:1] == ["Queries"] and words[1].rstrip(":") in ("sent", "completed", "lost"):
                figures[words[1].rstrip(":")] = int(words[2])
        if "lost" not in figures:
            raise AssertionError(f"dnsperf failed:\n{text}")
        return figures

