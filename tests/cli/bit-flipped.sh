# A bit anywhere: verify finds it, and get never gives a wrong article.
packed
"$PYTHON" - << 'END'
import os, random, subprocess
sheaf = os.environ["SHEAF"]
good = open("a.sheaf", "rb").read()
bodies = {i: subprocess.run([sheaf, "get", "a.sheaf", i], check=True,
                            capture_output=True).stdout
          for i in ("a1", "b1")}
random.seed(1)
codes, wrong = set(), 0
for _ in range(60):
    at = random.randrange(len(good))
    bad = bytearray(good)
    bad[at] ^= 1 << random.randrange(8)
    open("b.sheaf", "wb").write(bad)
    v = subprocess.run([sheaf, "verify", "b.sheaf"], capture_output=True)
    codes.add(v.returncode)
    for i, body in bodies.items():
        g = subprocess.run([sheaf, "get", "b.sheaf", i], capture_output=True)
        wrong += g.returncode == 0 and g.stdout != body
print("passed by verify:", 0 in codes, "crashed:", min(codes) < 0)
print("wrong articles:", wrong)
END
