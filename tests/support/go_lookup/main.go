// SPDX-License-Identifier: BSD-2-Clause

// Go lookup -- what Go's own resolver says, one record per line, for tests that compare two
// runs of it.
//
//	go_lookup [-times] NAME TYPE [NAME TYPE]...
//
// With -times, also how long each look-up took: "NAME TYPE took 0.000123", in seconds.
// TYPE is A, AAAA, MX, TXT or SRV; ADDRESSES, both families at once; or HOST, an address's
// name. No alias: LookupCNAME asks for three types at once, and the first response decides
// whether the next name or the last one is its result. Ends with 1 if any look-up failed.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	questions := os.Args[1:]
	hasTimes := len(questions) > 0 && questions[0] == "-times"
	if hasTimes {
		questions = questions[1:]
	}
	failed := len(questions)%2 != 0
	for i := 0; i+1 < len(questions); i += 2 {
		name, kind := questions[i], questions[i+1]
		start := time.Now()
		lines, err := lookup(name, kind)
		if hasTimes {
			fmt.Printf("%s %s took %.6f\n", name, kind, time.Since(start).Seconds())
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s %s: %v\n", name, kind, err)
			failed = true
		}
		for _, line := range lines {
			fmt.Printf("%s %s %s\n", name, kind, line)
		}
	}
	if failed {
		os.Exit(1)
	}
}

func lookup(name, kind string) (lines []string, err error) {
	resolver := net.Resolver{PreferGo: true}
	ctx := context.Background()

	switch kind {
	case "A", "AAAA", "ADDRESSES":
		network := map[string]string{"A": "ip4", "AAAA": "ip6", "ADDRESSES": "ip"}[kind]
		ips, err := resolver.LookupIP(ctx, network, name)
		for _, ip := range ips {
			lines = append(lines, ip.String())
		}
		return lines, err
	case "MX":
		found, err := resolver.LookupMX(ctx, name)
		for _, one := range found {
			lines = append(lines, fmt.Sprint(one.Pref, " ", one.Host))
		}
		return lines, err
	case "TXT":
		return resolver.LookupTXT(ctx, name)
	case "SRV":
		_, found, err := resolver.LookupSRV(ctx, "", "", name)
		for _, one := range found {
			lines = append(lines, fmt.Sprint(one.Priority, " ", one.Weight, " ", one.Port, " ", one.Target))
		}
		return lines, err
	case "HOST":
		return resolver.LookupAddr(ctx, name)
	}
	return nil, fmt.Errorf("no such type")
}
