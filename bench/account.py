"""Processor time of commands and all that they start."""
import os
import time


class Account:
    """A cgroup whose processor time is counted: what a process's children used, and theirs, is
    not in its parent's account when nobody waits for them, as with the processes of a sandbox."""

    def __init__(self):
        self.place, self.home = None, None
        for top, name in (("/sys/fs/cgroup/cpuacct", "cpuacct.usage"),
                          ("/sys/fs/cgroup", "cpu.stat")):
            place = os.path.join(top, "nacre-bench-%d" % os.getpid())
            try:
                if os.path.exists(os.path.join(top, "cgroup.procs")):
                    os.mkdir(place)
                    self.place, self.name, self.home = place, name, top
                    return
            except OSError:
                pass

    def join(self):
        if self.place is not None:
            with open(os.path.join(self.place, "cgroup.procs"), "w") as f:
                f.write(str(os.getpid()))

    def nanoseconds(self):
        if self.place is None:
            return None
        with open(os.path.join(self.place, self.name)) as f:
            text = f.read()
        return float(text) if self.name == "cpuacct.usage" else float(text.split()[1]) * 1000

    def leave(self):
        """For who has joined without being a child that ends."""
        if self.place is not None:
            with open(os.path.join(self.home, "cgroup.procs"), "w") as f:
                f.write(str(os.getpid()))

    def close(self):
        for _ in range(50):
            try:
                return self.place and os.rmdir(self.place)
            except OSError:
                time.sleep(0.1)
