"""installdir.py PREFIX - prints where `make install` puts the package: where
this Python looks for packages below PREFIX."""

import os
import sys
import sysconfig

prefix = sys.argv[1]
name = os.path.basename(sysconfig.get_path("purelib"))
# Debian's own packages are for all versions of Python 3.
version = ("python3" if prefix == "/usr" and name == "dist-packages"
           else "python%d.%d" % sys.version_info[:2])
print(os.path.join(prefix, "lib", version, name))
