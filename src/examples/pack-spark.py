"""pack-spark.py - packs many files by Spark, as one archive.

    spark-submit pack-spark.py OUT.sheaf LIST FOLDER DICT

LIST has the name of an input on each line, DICT is from 'sheaf train', and
FOLDER is shared by all nodes; so are the inputs. sheaf must be on each node.
OUT.sheaf has the same bytes as 'sheaf pack' makes of all inputs.
"""

import os
import subprocess
import sys

from pyspark.sql import SparkSession

SHEAF = os.environ.get("SHEAF", "sheaf")
TIME = os.environ.get("SOURCE_DATE_EPOCH", "1735787045")


def main(out, names, folder, dictionary):
    def pack(numbered):
        number, name = numbered
        piece = os.path.join(folder, "%d.sheaf" % number)
        if not os.path.exists(piece):
            subprocess.run([SHEAF, "pack", "-q", "-j", "1", "--no-lines", "--time", "@" + TIME,
                            "--dict-file", dictionary, "-o", piece, name], check=True)
        return number, piece

    with open(names, encoding="utf-8") as f:
        inputs = list(enumerate((line.rstrip("\n") for line in f), 1))
    os.makedirs(folder, exist_ok=True)
    context = SparkSession.builder.appName("sheaf").getOrCreate().sparkContext
    pieces = context.parallelize(inputs, len(inputs)).map(pack).collect()
    subprocess.run([SHEAF, "merge", "--shards", "--time", "@" + TIME, "-f", "-o", out,
                    *(piece for _, piece in sorted(pieces))], check=True)


main(*sys.argv[1:])
