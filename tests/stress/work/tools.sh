# cmake, ninja, g++, tcc, tar, rsync, dpkg, find, sqlite3 with two writers.
set -eu
cat > CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.10)
project(t C CXX)
enable_testing()
add_library(a STATIC a.c)
add_executable(m m.cpp)
target_link_libraries(m a)
add_test(NAME one COMMAND m 3)
END
echo 'int a(int x) { return x * 2; }' > a.c
cat > m.cpp <<'END'
#include <iostream>
#include <thread>
#include <vector>
extern "C" int a(int);
int main(int c, char **v) { std::vector<std::thread> t; int r[8];
for (int i = 0; i < 8; i++) t.emplace_back([&r, i] { r[i] = a(i); }); for (auto &x : t) x.join();
int s = 0; for (int i : r) s += i; try { throw c; } catch (int e) { s += e; } std::cout << s << "\n"; }
END
cmake -G Ninja -S . -B b > /dev/null; ninja -C b > /dev/null; b/m; (cd b; ctest 2>&1 | grep 'tests passed')
cmake -S . -B c > /dev/null; make -s -C c -j4 2>&1 | tail -1; c/m x
echo 'int main(){puts("tcc");return 0;}' > t.c; tcc -w -run t.c; tcc -w -o t t.c; ./t
mkdir -p tree/{a,b,c}/{d,e}; for i in 1 2 3; do for d in tree/*/*; do head -c $((i * 7777)) /dev/zero | tr '\0' $i > $d/f$i; done; done
ln tree/a/d/f1 tree/hard; ln -s a/d/f1 tree/soft; chmod 4755 tree/a/d/f2; mkfifo tree/fifo
setfattr -n user.x -v y tree/a/e/f3 2>/dev/null || true; truncate -s 1M tree/sparse; touch -d '2001-02-03 04:05:06.789' tree/b
tar cf - --sort=name --xattrs tree | tar xf - -C c --xattrs; (cd c/tree; find . -printf '%p %y %m %s %n %l\n' | sort | md5sum)
tar czf t.tgz tree; tar tzf t.tgz | wc -l; tar cJf t.txz tree; tar xJf t.txz -C b; diff -r --no-dereference tree/a b/tree/a && echo same
rsync -aHAX tree/ copy/; (cd copy; find . -printf '%p %y %m %s %n %l\n' | sort | md5sum); rsync -aHAX --delete -i tree/ copy/ | wc -l
echo new > tree/new; rm tree/soft; touch -d 2002-02-02 tree; rsync -aHAX --delete -i tree/ copy/
mkdir -p p/DEBIAN p/usr/share/x; printf 'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n' > p/DEBIAN/control
echo data > p/usr/share/x/y; dpkg-deb --root-owner-group -b p x.deb > /dev/null; dpkg -x x.deb out; find out -type f; dpkg -I x.deb | grep -c Package
find tree -name 'f*' -size +10k | wc -l; find tree -newer tree/b -type d | sort; find tree -type f -print0 | xargs -0 -n 3 -P 4 md5sum | sort | md5sum
sqlite3 db 'pragma journal_mode=wal; create table t(x);'
for w in 1 2 3; do (for i in $(seq 1 60); do sqlite3 -cmd '.timeout 20000' db "insert into t values($w * 1000 + $i);"; done) & done; wait
sqlite3 db 'select count(*), sum(x) from t; pragma integrity_check;'
gzip -k9 tree/sparse; zcat tree/sparse.gz | md5sum; xz -T2 -k tree/sparse; xz -l tree/sparse.xz | tail -1 | awk '{print $1, $2}'
