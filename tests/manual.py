"""manual.py - see manual.sh."""

import glob
import json
import os
import re
import subprocess

from tap import HERE, SHEAF, finish, ok, same


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


MANUAL = read(HERE + "/../src/man/sheaf.1")
README = read(HERE + "/../README.md")
# For archives on servers: all commands that read one take them, and examples have no server.
REMOTE = ["--cache", "--no-cache", "--endpoint", "--timeout", "-v"]
CASES = {os.path.basename(p): read(p) for p in glob.glob(HERE + "/cli/*.[oe]*")}


def section(name):
    return re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", MANUAL, re.M | re.S)[1]


def sheaf(*args):
    return subprocess.run([SHEAF, *args], stdout=subprocess.PIPE, check=True, text=True).stdout


def commands():
    return re.findall(r"^  ([a-z-]+)  ", sheaf("help"), re.M)


def options(command):
    return re.findall(r"^  (--?[A-Za-z0-9-]+)", sheaf("help", command), re.M)


def example_lines():
    """What examples.sh runs."""
    lines = re.findall(r"^(?:\.Dl )?\$ (.*)$", MANUAL, re.M)
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S):
        lines += block.splitlines()
    return lines


def check_examples():
    lines = example_lines()
    words = {w.strip('"') for line in lines for w in re.split(r"[\s=]", line)}
    used = {c for line in lines for c in re.findall(r"\bsheaf ([a-z-]+)", line)}
    same("each command is in an example", [c for c in commands() if c not in used], [])
    every = {o for c in commands() for o in options(c)}
    ok("there are options", len(every) > 50)
    same("each option is in an example", sorted(every - words - set(REMOTE)), [])


def synopsis(command):
    """All that stands between its name and the next command's, in all its forms."""
    lines = re.split(r"^\.Nm$", section("SYNOPSIS"), flags=re.M)
    return "\n".join(x for x in lines if re.search(rf"^\.Cm {command}$", x, re.M))


def check_synopsis():
    groups = {"packing options": "pack", "input options": "INPUTS", "selection": "SELECTION"}
    for command in commands():
        text = synopsis(command)
        for words, where in groups.items():
            if words in text:
                text += MANUAL if where == "pack" else section(where)
        named = set(re.findall(r"Fl ([A-Za-z0-9-]+)", text))
        named |= {letter for n in named if n[0] != "-" for letter in n}
        same(f"sheaf(1) names the options of {command}",
             [o for o in options(command)
              if o[1:] not in named and o not in ("--passphrase-fd", *REMOTE)], [])
    same("and those for servers", [o for o in REMOTE if f"Fl {o[1:]}" not in MANUAL], [])


def check_messages():
    """Each message of DIAGNOSTICS and each exit status is seen in a case."""
    seen = "\n".join(CASES.values())
    for message in re.findall(r"^\.It (sheaf: .*)$", section("DIAGNOSTICS"), re.M):
        pattern = re.escape(message).replace(r"news\.sheaf", r"\S+").replace(r"\ ID:", r" \S+:")
        pattern = re.sub(r"at\\ \d+", r"at\\ N", pattern)
        pattern = re.sub(r"(?<=\\ )\d+(?=\\ |$)", r"\\d+", pattern)
        ok(f"seen: {message}", re.search(pattern, seen), pattern)
    for status in re.findall(r"^\.It (\d)$", section("EXIT STATUS"), re.M):
        found = [n for n, text in CASES.items() if re.search(rf"^= {status}$", text, re.M) or
                 (n.endswith(".exit") and text.strip() == status)]
        ok(f"a case ends with {status}", found)
    found = set(re.findall(r"^= (\d)$", seen, re.M))
    same("and with no other", sorted(found - set("01234567")), [])


def members_of_manual():
    """The members of each command's objects, by JSON OUTPUT."""
    members = {}
    for item in re.split(r"^\.It ", section("JSON OUTPUT"), flags=re.M)[1:]:
        head, _, body = item.partition("\n")
        names = {w for line in re.findall(r"^\.(?:Pq.* )?(?:Li|Pq.*? Li) (.*)$", body, re.M)
                 for w in re.findall(r"[a-z_]+", line)}
        for command in re.findall(r"[a-z-]+", head.replace("Cm", "").split(" Fl ")[0]):
            members.setdefault(command, set()).update(names)
    return members


def check_members():
    documented = members_of_manual()
    documented.pop("get", None)
    printed = {}
    for text in CASES.values():
        for command, line in re.findall(r"^\$ sheaf ([a-z-]+) .*--json.*\n(?:sheaf: .*\n)*(\{.*\})$",
                                        text, re.M):
            try:
                printed.setdefault(command, set()).update(json.loads(line))
            except ValueError:
                pass # the case has changed it
    ok("cases print JSON", len(printed) > 12)
    for command in sorted(set(printed) & set(documented)):
        same(f"members of {command}",
             sorted(printed[command] - documented[command] - {"exit", "error"}), [])
    json_less = [c for c in commands() if "--json" not in options(c)]
    same("commands without --json", json_less, ["serve", "completion"])
    same("commands whose members the manual does not list",
         [c for c in commands() if c not in documented and c != "get" and c not in json_less], [])
    same("commands whose JSON no case shows",
         [c for c in commands() if c not in printed and c not in json_less], [])


def main():
    check_examples()
    check_synopsis()
    check_messages()
    check_members()
    finish()


main()
