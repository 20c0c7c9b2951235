"""layout.py - each struct of the package, compared with the one in sheaf.h: its
size, the name, place and size of each member, by a C program made for it. And
the functions are those that sheaf.h declares."""

import ctypes
import os
import re
import subprocess

import world
from sheaf import _library as l

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..", "..", "src")


def of_python():
    lines = []
    for struct in l.STRUCTS:
        lines.append("%s %d" % (struct.C_NAME, ctypes.sizeof(struct)))
        for name, _ in struct._fields_:
            field = getattr(struct, name)
            lines.append("%s.%s %d %d"
                         % (struct.C_NAME, name, field.offset, field.size))
    return lines


def of_c(folder):
    text = ['#include <stdio.h>', '#include "sheaf.h"', 'int main(void) {']
    for struct in l.STRUCTS:
        c = "struct " + struct.C_NAME
        text.append('printf("%s %%zu\\n", sizeof(%s));' % (struct.C_NAME, c))
        for name, _ in struct._fields_:
            text.append(
                'printf("%s.%s %%zu %%zu\\n", offsetof(%s, %s), '
                'sizeof(((%s *)0)->%s));'
                % (struct.C_NAME, name, c, name, c, name))
    text.append('return 0; }')
    program = world.compiled(folder, "layout", "\n".join(text), "-I" + SOURCE)
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    return subprocess.run([program], check=True, capture_output=True,
                          text=True, env=environment).stdout.splitlines()


def header():
    with open(os.path.join(SOURCE, "sheaf.h")) as file:
        text = file.read()
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def test_structs_are_those_of_the_header(folder):
    assert of_python() == of_c(folder)


def test_no_member_is_left_out(folder):
    """offsetof says nothing of one at the end that fits into padding."""
    text = header()
    for struct in l.STRUCTS:
        body = re.search(r"struct %s \{(.*?)\n\};" % struct.C_NAME, text,
                         re.S).group(1)
        # Parameters of callbacks are no members.
        body = re.sub(r"\(\*(\w+)\)\([^;]*\)", r"\1", body)
        names = re.findall(r"(\w+)(?:\[[^\]]*\])?(?=;|,)", body)
        assert names == [n for n, _ in struct._fields_], (struct, names)


def values(struct):
    """The members, those of inner structs too, as numbers and bytes."""
    for name, kind in struct._fields_:
        value = getattr(struct, name)
        if isinstance(value, ctypes.Structure):
            yield from values(value)
        elif isinstance(value, ctypes._Pointer):
            yield ctypes.cast(value, ctypes.c_void_p).value
        else:
            yield bytes(value) if isinstance(value, ctypes.Array) else value


def test_formats_are_the_structs(folder):
    for format, struct in l.FAST.items():
        assert format.size == ctypes.sizeof(struct), struct
        for _ in range(20):
            raw = os.urandom(format.size)
            want = list(values(struct.from_buffer_copy(raw)))
            assert list(format.unpack(raw)) == want, struct


def test_functions_are_declared_with_as_many_parameters(folder):
    text = header().replace("\n", " ")
    declared = dict(re.findall(
        r"SHEAF_API (?:SHEAF_MUST )?[^;]*?(sheaf_\w+)\(([^;]*)\);", text))
    for name, (_, parameters) in l.FUNCTIONS.items():
        given = declared[name]
        count = 0 if given.strip() == "void" else given.count(",") + 1
        assert count == len(parameters), name


def test_version_is_that_of_the_header(folder):
    text = header()
    version = re.search(r'define SHEAF_VERSION "(.*)"', text).group(1)
    assert l.VERSION == version
    assert l.SONAME == "libsheaf.so." + version.split(".")[0]


def test_codes_are_those_of_the_header(folder):
    codes = {int(n) for n in re.findall(r"SHEAF_E\w+ = (-\d+)", header())}
    assert codes == set(l.BY_CODE), codes ^ set(l.BY_CODE)
    for code, kind in l.BY_CODE.items():
        assert kind.code == code


def test_roles_are_those_of_the_header(folder):
    from sheaf import _article
    roles = re.findall(r"SHEAF_ROLE_(\w+) = (\d+)", header())
    assert {name.lower(): int(n) for name, n in roles} == \
        _article.NUMBER_OF_ROLE


def test_another_version_of_the_library_is_refused(folder):
    text = 'const char *sheaf_version(void) { return "9.9"; }\n'
    text += "".join("void %s(void) {}\n" % name for name in l.FUNCTIONS
                    if name != "sheaf_version")
    fake = world.compiled(folder, "fake.so", text, "-shared", "-fPIC")
    for library, said in ((fake, "9.9"),
                          (folder + "/none.so", "SHEAF_LIBRARY"),
                          ("libc.so.6", "has no sheaf_")):
        ran = subprocess.run(
            [os.sys.executable, "-c", "import sheaf"], capture_output=True,
            text=True, env={**os.environ, "SHEAF_LIBRARY": library})
        assert ran.returncode == 1 and "ImportError" in ran.stderr
        assert said in ran.stderr, ran.stderr
