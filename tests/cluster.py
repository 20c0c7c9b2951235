"""cluster.py - see cluster.sh."""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

from command import data
from tap import HERE, SHEAF, finish, ok, same, skip

EXAMPLES = os.path.dirname(HERE) + "/src/examples/"
EPOCH = "1735787045"

SPARK = '''
class Data:
    def __init__(self, items): self.items = list(items)
    def map(self, f): return Data(map(f, self.items))
    def flatMap(self, f): return Data(x for i in self.items for x in f(i))
    def collect(self): return self.items
    def saveAsTextFile(self, path):
        with open(path, "w", encoding="utf-8") as f: f.writelines(x + "\\n" for x in self.items)
class Builder:
    def appName(self, name): return self
    def getOrCreate(self): return self
    @property
    def sparkContext(self): return self
    def parallelize(self, items, slices):
        assert slices >= 1
        return Data(reversed(items) if isinstance(items[0], tuple) else items)
class SparkSession: builder = Builder()
'''


def run(*args, **how):
    return subprocess.run(args, capture_output=True, check=False, timeout=300, **how)


def make():
    for n in range(6):
        with open("data/in %d.jsonl" % n, "w", encoding="utf-8") as f:
            for i in range(20 + n):
                text = "The harbour council of %d met again, and the ferry runs at %d.\n" % (n, i)
                f.write(json.dumps({"id": "%d/%d" % (n, i % 20), "title": "Article %d" % i,
                                    "text": text * (n + 3)}) + "\n")
    names = sorted(glob.glob(os.getcwd() + "/data/in *.jsonl"))
    with open("data/list", "w", encoding="utf-8") as f:
        f.write("\n".join(names) + "\n")
    run(SHEAF, "train", "-q", "-o", "data/dict", *names)
    p = run(SHEAF, "pack", "-q", "--no-lines", "--time", "@" + EPOCH, "--dict-file", "data/dict",
            "-o", "one.sheaf", *names)
    ok("one archive by one process", p.returncode == 0, p.stderr)


def check_spark():
    os.makedirs("lib/pyspark")
    with open("lib/pyspark/__init__.py", "w", encoding="utf-8"):
        pass
    with open("lib/pyspark/sql.py", "w", encoding="utf-8") as f:
        f.write(SPARK)
    how = {"env": dict(os.environ, PYTHONPATH=os.getcwd() + "/lib", SHEAF=SHEAF,
                       PYTHONDONTWRITEBYTECODE="1", SOURCE_DATE_EPOCH=EPOCH)}
    p = run(sys.executable, EXAMPLES + "pack-spark.py", "spark.sheaf", "data/list", "pieces",
            "data/dict", **how)
    ok("pack-spark.py", p.returncode == 0 and data("spark.sheaf") == data("one.sheaf"), p.stderr)
    p = run(sys.executable, EXAMPLES + "read-spark.py", "one.sheaf", "read.jsonl", "3", **how)
    whole = run(SHEAF, "extract", "one.sheaf", "--format", "jsonl").stdout
    ok("read-spark.py", p.returncode == 0 and data("read.jsonl") == whole and len(whole) > 1000,
       p.stderr)
    p = run(sys.executable, EXAMPLES + "read-spark.py", "data/list", "none.jsonl", **how)
    ok("which fails if sheaf does", p.returncode != 0 and not os.path.exists("none.jsonl"))


def check_jobs():
    try:
        import yaml
    except ImportError:
        skip("pack-job.yaml", "there is no PyYAML")
        return
    with open(EXAMPLES + "pack-job.yaml", encoding="utf-8") as f:
        pack, merge = yaml.safe_load_all(f)
    for job in (pack, merge):
        same("a Job " + job["metadata"]["name"],
             (job["apiVersion"], job["kind"], set(job), set(job["metadata"])),
             ("batch/v1", "Job", {"apiVersion", "kind", "metadata", "spec"}, {"name", "labels"}))
        pod = job["spec"]["template"]["spec"]
        c = pod["containers"][0]
        ok("its pod", pod["restartPolicy"] in ("OnFailure", "Never") and
           set(pod) == {"restartPolicy", "containers", "volumes"} and
           set(c) == {"name", "image", "command", "args", "env", "resources", "volumeMounts"} and
           [v["name"] for v in pod["volumes"]] == [v["name"] for v in c["volumeMounts"]] and
           all(isinstance(v["value"], str) for v in c["env"]), pod)
    count = pack["spec"]["completions"]
    env = {v["name"]: v["value"] for v in pack["spec"]["template"]["spec"]["containers"][0]["env"]}
    same("as many pieces as pods", (env["PIECES"], pack["spec"]["completionMode"]),
         (str(count), "Indexed"))
    os.makedirs("bin")
    os.symlink(SHEAF, "bin/sheaf")
    for job, indexes in ((pack, range(count)), (merge, [0])):
        c = job["spec"]["template"]["spec"]["containers"][0]
        for index in indexes:
            p = run(*c["command"], c["args"][0].replace("/data/", os.getcwd() + "/data/"),
                    env=dict(os.environ, PATH=os.getcwd() + "/bin:" + os.environ["PATH"],
                             JOB_COMPLETION_INDEX=str(index),
                             **{v["name"]: v["value"] for v in c["env"]}))
            if p.returncode != 0:
                ok("a pod", False, p.stderr)
    same("each input was packed once", len(glob.glob("data/[0-9]*.sheaf")), 6)
    ok("the same bytes as by one process", data("data/all.sheaf") == data("one.sheaf"))


def main():
    folder = tempfile.mkdtemp()
    os.environ.update(XDG_STATE_HOME=folder + "/state", XDG_CACHE_HOME=folder + "/cache",
                      SHEAF_LIBEXEC=os.environ["SHEAF_LIBEXEC"])
    try:
        os.chdir(folder)
        os.makedirs("data")
        make()
        check_spark()
        check_jobs()
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    finish()


main()
