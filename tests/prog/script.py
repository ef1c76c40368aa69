# script.py - read from standard input by python in one of the commands.
import sys

print(sys.argv, __name__)
print(sum(i * i for i in range(1000)))
print([line for line in sys.stdin][:1])
