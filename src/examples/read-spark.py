"""read-spark.py - reads an archive by Spark, in ranges, to a folder of JSONL.

    spark-submit read-spark.py ARCHIVE OUT [RANGES]

ARCHIVE is a file that all nodes have, or a URL. `articles` is an RDD of lines
of JSON, which spark.read.json makes a DataFrame of.
"""

import json
import os
import subprocess
import sys

from pyspark.sql import SparkSession

SHEAF = os.environ.get("SHEAF", "sheaf")


def main(archive, out, ranges="100"):
    def read(leaves):
        command = [SHEAF, "extract", archive, "--format", "jsonl", "--leaves", leaves]
        with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as child:
            yield from (line.rstrip("\n") for line in child.stdout)
        if child.returncode != 0:
            raise OSError("sheaf: leaves %s: exit code %d" % (leaves, child.returncode))

    said = subprocess.run([SHEAF, "info", archive, "--splits", ranges, "--json"], check=True,
                          stdout=subprocess.PIPE)
    parts = [json.loads(line)["leaves"] for line in said.stdout.splitlines()]
    context = SparkSession.builder.appName("sheaf").getOrCreate().sparkContext
    articles = context.parallelize(parts, len(parts)).flatMap(read)
    articles.saveAsTextFile(out)


main(*sys.argv[1:])
