#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Check style -- the rules of CONTRIBUTING.md that a script can see, one TAP test each.

    check_style.py TOP

A rule is a function from a tree, {path: text}, to the mistakes in it. Each stands with one
sample that keeps it and one that breaks it, and these are tested first: a checker that sees
nothing passes everything.
"""

import os
import re
import sys

STAGES = ("capture", "analyzer", "injector", "exporter")
SOURCE_LINES_MAX = 400
TEST_LINES_MAX = 600
HEADER_LINES_MAX = 250
FUNCTION_LINES_MAX = 60
README_LINES_MAX = 60
README_HEADINGS = ("What it does", "In / Out", "Files in reading order", "Config keys", "Counters",
                   "When it restarts", "What it must never do")
NAMES_USED_OFTEN = {"main.c", "meson.build", "README.md", "run"}
# Where text for a person who typed a command is printed.
PRINTING_FILES = {"shared/log.c", "shared/config_man.c", "shared/config_print.c",
                  "shared/stage_options.c"}
SKIPPED_FOLDERS = re.compile(r"^(\.git|build.*|__pycache__|\..*cache)$")
TEXT_ENDINGS = (".c", ".h", ".def", ".py", ".md", ".build", ".txt", ".conf")

RULES = [] # (sentence, function, sample that keeps it, sample that breaks it)


def rule(sentence, good, bad):
    def add(function):
        RULES.append((sentence, function, good, bad))
        return function
    return add


def code(tree, *endings):
    """Files of the product and its tests with these endings."""
    return {path: text for path, text in tree.items() if path.endswith(endings)}


def product(tree, *endings):
    return {path: text for path, text in code(tree, *endings).items()
            if not path.startswith("tests/")}


def without_comments_and_strings(text):
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"', blank, text, flags=re.DOTALL)


def matches(tree, pattern, what):
    for path, text in tree.items():
        for number, line in enumerate(without_comments_and_strings(text).splitlines(), 1):
            if re.search(pattern, line):
                yield f"{path}:{number}: {what}: {line.strip()}"


@rule("source files have at most 400 lines, headers 250, tests 600",
      {"shared/a.c": "\n" * 400, "shared/a.h": "\n" * 250}, {"shared/a.c": "\n" * 401})
def file_length(tree):
    for path, text in code(tree, ".c", ".h").items():
        limit = HEADER_LINES_MAX if path.endswith(".h") else SOURCE_LINES_MAX
        if path.startswith("tests/"):
            limit = TEST_LINES_MAX
        if text.count("\n") > limit:
            yield f"{path}: {text.count(chr(10))} lines, at most {limit}"


@rule("functions have at most 60 lines",
      {"shared/a.c": "int f(void)\n{\n" + "\tg();\n" * 57 + "}\n"},
      {"shared/a.c": "int f(void)\n{\n" + "\tg();\n" * 59 + "}\n"})
def function_length(tree):
    for path, text in product(tree, ".c").items():
        opened, name = 0, ""
        for number, line in enumerate(text.splitlines(), 1):
            if line == "{":
                opened = number
            elif line == "}" and opened:
                lines = number - opened + 2
                if lines > FUNCTION_LINES_MAX:
                    yield f"{path}:{opened}: {name} has {lines} lines"
                opened = 0
            elif not opened and line and not line[0].isspace():
                name = line


@rule("every header says once what it is: Title -- one sentence",
      {"shared/a.h": "/* SPDX */\n#pragma once\n/*\n * Ring -- a queue.\n */\n"},
      {"shared/a.h": "/* SPDX */\n#pragma once\nint a;\n"})
def header_title(tree):
    for path, text in code(tree, ".h").items():
        if not re.search(r"^/?[ *]\** ?[A-Z].* -- \S", text, re.MULTILINE):
            yield f"{path}: no line 'Title -- one sentence'"
        if "#pragma once" not in text:
            yield f"{path}: no #pragma once"


@rule("every source file names its licence",
      {"shared/a.c": "/* SPDX-License-Identifier: BSD-2-Clause */\n"}, {"shared/a.c": "int a;\n"})
def licence(tree):
    for path, text in code(tree, ".c", ".h", ".def", ".py", ".build").items():
        if "SPDX-License-Identifier:" not in "\n".join(text.splitlines()[:3]):
            yield f"{path}: no SPDX-License-Identifier in its first lines"


@rule("a stage includes itself, shared/ and, capture only, bpf/",
      {"capture/a.c": '#include "bpf/dns_event.h"\n#include "shared/ring.h"\n'},
      {"analyzer/a.c": '#include "capture/capture.h"\n'})
def include_direction(tree):
    for path, text in product(tree, ".c", ".h").items():
        folder = path.split("/")[0]
        allowed = {folder, "shared"}
        if folder == "capture":
            allowed.add("bpf")
        if folder == "shared":
            allowed = {"shared"}
        for number, line in enumerate(text.splitlines(), 1):
            included = re.match(r'\s*#\s*include "([^"]+)"', line)
            if included and not included[1].endswith(".skel.h") and \
                    included[1].split("/")[0] not in allowed:
                yield f"{path}:{number}: {folder} may not include {included[1]}"


@rule("shared/layout holds no functions and includes only itself",
      {"shared/layout/a.h": '#include "shared/layout/layout_rules.h"\n'},
      {"shared/layout/a.h": "static inline int f(void)\n{\n}\n"})
def layout_only(tree):
    for path, text in tree.items():
        if path.startswith("shared/layout/"):
            for number, line in enumerate(text.splitlines(), 1):
                if line == "{" or re.match(r'#include "(?!shared/layout/)', line):
                    yield f"{path}:{number}: {line}"


@rule("every struct that another process sees stands between LAYOUT_BEGIN and LAYOUT_END",
      {"shared/layout/a.h":
       "LAYOUT_BEGIN\nstruct a {\n};\nLAYOUT_END\nLAYOUT_SIZE(struct a, 0);\n"},
      {"bpf/dns_event.h": "struct a {\n};\n"})
def layout_macros(tree):
    for path, text in tree.items():
        if not path.startswith("shared/layout/") and path != "bpf/dns_event.h":
            continue
        inside = False
        for number, line in enumerate(text.splitlines(), 1):
            inside = {"LAYOUT_BEGIN": True, "LAYOUT_END": False}.get(line, inside)
            struct = re.match(r"struct (\w+) \{", line)
            if struct and not inside:
                yield f"{path}:{number}: {line} outside of LAYOUT_BEGIN"
            if struct and f"LAYOUT_SIZE(struct {struct[1]}," not in text:
                yield f"{path}:{number}: no LAYOUT_SIZE of struct {struct[1]}"


@rule("file names are unique",
      {"shared/a.c": "", "capture/b.c": "", "capture/main.c": "", "injector/main.c": ""},
      {"shared/a.c": "", "capture/a.c": ""})
def unique_names(tree):
    seen = {}
    for path in sorted(tree):
        name = os.path.basename(path)
        if name in NAMES_USED_OFTEN or not path.endswith((".c", ".h", ".def", ".py")):
            continue
        if name in seen:
            yield f"{path}: the name is {seen[name]}'s"
        seen.setdefault(name, path)


@rule("errors are negative",
      {"shared/a.c": "\treturn -EPROTO;\n"}, {"shared/a.c": "\treturn EPROTO;\n"})
def negative_errors(tree):
    return matches(product(tree, ".c", ".h"), r"\breturn E[A-Z]{2,}\b", "a positive errno")


@rule("only log.c and usage texts print",
      {"shared/log.c": '\tfprintf(stderr, "x");\n'}, {"capture/a.c": '\tperror("x");\n'})
def printing(tree):
    quiet = {path: text for path, text in product(tree, ".c", ".h").items()
             if path not in PRINTING_FILES and not path.endswith(".bpf.c")}
    return matches(quiet, r"\b(printf|fprintf|perror|puts|putchar)\s*\(", "prints")


@rule("every stage opens with the same files",
      {f"{stage}/{name}": "" for stage in STAGES for name in
       ("README.md", "meson.build", "main.c", f"{stage}.c", f"{stage}.h", f"{stage}_counters.def")},
      {"capture/main.c": ""})
def same_files(tree):
    for stage in STAGES:
        for name in ("README.md", "meson.build", "main.c", f"{stage}.c", f"{stage}.h",
                     f"{stage}_counters.def"):
            if f"{stage}/{name}" not in tree:
                yield f"{stage}/{name} is missing"


@rule("every stage's README has the same headings, and 60 lines at most",
      {"capture/README.md": "\n".join(f"## {heading}" for heading in README_HEADINGS)},
      {"capture/README.md": "## What it does\n"})
def readme_headings(tree):
    for stage in STAGES:
        text = tree.get(f"{stage}/README.md")
        if text is None:
            continue
        headings = [line.lstrip("# ") for line in text.splitlines() if line.startswith("##")]
        if tuple(headings) != README_HEADINGS:
            yield f"{stage}/README.md: headings are {headings}, wanted {list(README_HEADINGS)}"
        if text.count("\n") > README_LINES_MAX:
            yield f"{stage}/README.md: more than {README_LINES_MAX} lines"


@rule("every folder of the product has a README.md",
      {"shared/a.c": "", "shared/README.md": ""}, {"shared/a.c": ""})
def readme_everywhere(tree):
    for folder in sorted({path.split("/")[0] for path in tree if "/" in path}):
        if not folder.startswith(".") and f"{folder}/README.md" not in tree:
            yield f"{folder}/README.md is missing"


@rule("every configuration key is in conf/dnscache.conf",
      {"shared/config_keys.def": 'CONFIG_KEY("a", "b", c, X)\nCONFIG_ZONE_KEY("z N", "b", c, X)',
       "conf/dnscache.conf": "[a]\n#b = 1\n#[z N]\n#b = 1\n"},
      {"shared/config_keys.def": 'CONFIG_KEY("a", "b", c, X)',
       "conf/dnscache.conf": "[a]\n#c = 1\n"})
def sample_configuration(tree):
    section, present = "", set()
    for line in tree.get("conf/dnscache.conf", "").splitlines():
        if match := re.match(r"#?\[([\w ]+)\]", line):
            section = match[1]
        elif match := re.match(r"[#; ]*(\w+) *=", line):
            present.add((section, match[1]))
    for key in re.findall(r'_KEY\("([\w ]+)", "(\w+)"', tree.get("shared/config_keys.def", "")):
        if key not in present:
            yield f"conf/dnscache.conf lacks {'.'.join(key)}"


def keys_of_table(tree):
    """(section, name, default, when); the default of a zone's key is the host's key if it has one."""
    keys = re.findall(r'_KEY\("([\w ]+)", "(\w+)", \w+, \w+, "([^"]*)", .*, (RELOAD|RESTART),$',
                      tree.get("shared/config_keys.def", ""), re.MULTILINE)
    sections = {name: section for section, name, _, _ in reversed(keys)}
    for section, name, default, when in keys:
        if " " in section and " " not in sections[name]:
            default = f"[{sections[name]}] {name}"
        yield section, name, default, when


@rule("every configuration key is in README.md's table with its default, and * where it takes a restart",
      {"shared/config_keys.def": 'CONFIG_KEY("a", "b", c, X, "1", "", "", "d", RESTART,\n\t"help")\n'
                                 'CONFIG_ZONE_KEY("z N", "b", c, X, "1", "", "", "d", RELOAD,\n',
       "README.md": "| `[a] b` * | `1` | help |\n| `[z N] b` | `[a] b` | help |\n"},
      {"shared/config_keys.def": 'CONFIG_KEY("a", "b", c, X, "1", "", "", "d", RELOAD,\n\t"help")',
       "README.md": "| `[a] b` * | `1` | help |\n"})
def readme_configuration(tree):
    present = set(re.findall(r"^\| `\[([\w ]+)\] (\w+)`( \*)? \| `([^`]*)` \|",
                             tree.get("README.md", ""), re.MULTILINE))
    wanted = {(section, name, " *" if when == "RESTART" else "", default)
              for section, name, default, when in keys_of_table(tree)}
    for section, name, star, default in sorted(wanted ^ present):
        yield f"README.md or config_keys.def lacks: | `[{section}] {name}`{star} | `{default}` |"


@rule("no test sleeps for a number of seconds",
      {"tests/a.py": "wait_until(x)\n"}, {"tests/a.py": "time.sleep(1)\n"})
def no_sleep(tree):
    tests = {path: text for path, text in code(tree, ".c", ".py").items()
             if path.startswith("tests/")}
    return matches(tests, r"\b(usleep|nanosleep|sleep)\s*\(\s*[0-9]", "sleeps")


@rule("nothing is left for later without a condition",
      {"shared/a.c": "/* a dropped message */\n"}, {"shared/a.c": "/* TODO */\n"})
def no_leftovers(tree):
    for path, text in code(tree, ".c", ".h", ".def", ".build").items():
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                yield f"{path}:{number}: {line.strip()}"


ANCESTOR_PAGE = "tests/ancestor.md"
ANCESTOR_NUMBERS = [f"L{i}" for i in range(1, 13)] + [f"W{i}" for i in range(1, 35)]


def ancestor_sample(test):
    """A page whose rows all name this test, in a tree that has `one`."""
    return {"tests/unit/test_a.c": "START_TEST(one)\n", ANCESTOR_PAGE: "\n".join(
        f"| {number} | what | `test_a.c: {test}` |" for number in ANCESTOR_NUMBERS)}


def tests_by_file(tree):
    """{name of the file: names of its tests}"""
    pattern = re.compile(r"^START_TEST\((\w+)\)|^@tap\.test\ndef (\w+)\(", re.MULTILINE)
    return {os.path.basename(path): {one or other for one, other in pattern.findall(text)}
            for path, text in code(tree, ".c", ".py").items() if path.startswith("tests/")}


@rule("tests/ancestor.md has L1 to L12 and W1 to W34 once each, and names tests that exist",
      ancestor_sample("one"), ancestor_sample("two"))
def ancestor_page(tree):
    rows = re.findall(r"^\| ([LW]\d+) \|.*\| (.*) \|$", tree.get(ANCESTOR_PAGE, ""), re.MULTILINE)
    if [number for number, _ in rows] != ANCESTOR_NUMBERS:
        yield f"{ANCESTOR_PAGE}: its rows are {' '.join(number for number, _ in rows)}"
    known = tests_by_file(tree)
    for number, shown_by in rows:
        named = re.findall(r"`([\w.]+): (\w+)`", shown_by)
        if not named and not shown_by.startswith("*cannot apply*: "):
            yield f"{ANCESTOR_PAGE}: {number} names no test and no reason"
        for file, test in named:
            if test not in known.get(file, ()):
                yield f"{ANCESTOR_PAGE}: {number}: {file} has no test {test}"


def read_tree(top):
    tree = {}
    for folder, folders, files in os.walk(top):
        if "build.ninja" in files:
            folders[:] = []
            continue
        folders[:] = sorted(one for one in folders if not SKIPPED_FOLDERS.match(one))
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(TEXT_ENDINGS) and not os.path.islink(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    tree[os.path.relpath(path, top)] = file.read()
    return tree


def report(number, sentence, mistakes):
    for mistake in mistakes:
        print(f"# {mistake}")
    print(f"{'not ok' if mistakes else 'ok'} {number} - {sentence}")
    return not mistakes


def main():
    tree = read_tree(sys.argv[1])
    print(f"1..{len(RULES) + 1}")
    blind = [f"'{sentence}': its samples are judged wrongly: {list(function(good))}"
             for sentence, function, good, bad in RULES
             if list(function(good)) or not list(function(bad))]
    passed = [report(1, "each rule tells its good sample from its bad one", blind)]
    for number, (sentence, function, _, _) in enumerate(RULES, 2):
        passed.append(report(number, sentence, list(function(tree))))
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
