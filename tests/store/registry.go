// The interfaces of registry.c, as a Go program uses them: raw calls and package os.
// usage: registry DIR ro|rw. Prints "NAME ok" or "NAME failed: why" for each row.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const text = "hello registry\n"

var readOnly bool
var top string

type failure string

func want(ok bool, what string, err error) {
	if !ok {
		panic(failure(fmt.Sprintf("%s: %v", what, err)))
	}
}

// change says whether a change was made: it must have been, or EROFS where nothing may be.
func change(what string, err error) bool {
	if readOnly {
		want(errno(err) == syscall.EROFS, what, err)
		return false
	}
	want(err == nil, what, err)
	return true
}

func errno(err error) syscall.Errno {
	for err != nil {
		switch e := err.(type) {
		case syscall.Errno:
			return e
		case *os.PathError:
			err = e.Err
		case *os.LinkError:
			err = e.Err
		case *os.SyscallError:
			err = e.Err
		default:
			return 0
		}
	}
	return 0
}

func holds(name, content string) bool {
	data, err := os.ReadFile(name)
	return err == nil && string(data) == content
}

func open(name string) int {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	want(err == nil, "open "+name, err)
	return fd
}

func stat(name string) syscall.Stat_t {
	var st syscall.Stat_t
	err := syscall.Stat(name, &st)
	want(err == nil, "stat "+name, err)
	return st
}

func vectors(number uintptr, fd int, offset uintptr, parts ...[]byte) (uintptr, syscall.Errno) {
	var iov []syscall.Iovec
	for _, p := range parts {
		iov = append(iov, syscall.Iovec{Base: &p[0], Len: uint64(len(p))})
	}
	n, _, err := syscall.Syscall6(number, uintptr(fd), uintptr(unsafe.Pointer(&iov[0])),
		uintptr(len(iov)), offset, 0, 0)
	return n, err
}

func runs(command *exec.Cmd, status int) {
	command.Env = []string{"REGISTRY_CHILD=" + strconv.Itoa(status)}
	err := command.Run()
	exit, ok := err.(*exec.ExitError)
	want(ok && exit.ExitCode() == status, "child", err)
}

var rows = []struct {
	name string
	run  func()
}{
	{"open", func() {
		want(holds("text", text), "text", nil)
		_, err := syscall.Open("none", syscall.O_RDONLY, 0)
		want(err == syscall.ENOENT, "none", err)
		_, err = syscall.Open("dir", syscall.O_WRONLY, 0)
		want(err == syscall.EISDIR, "dir", err)
		_, err = os.OpenFile("fresh", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0600)
		change("create", err)
	}},
	{"openat", func() {
		fd, err := syscall.Openat(open("dir"), "../text", syscall.O_RDONLY, 0)
		want(err == nil && fd >= 0, "openat", err)
	}},
	{"close", func() {
		fd := open("text")
		want(syscall.Close(fd) == nil, "close", nil)
		want(syscall.Close(fd) == syscall.EBADF, "again", nil)
	}},
	{"read", func() {
		buf := make([]byte, 64)
		n, err := syscall.Read(open("text"), buf)
		want(err == nil && string(buf[:n]) == text, "read", err)
	}},
	{"write", func() {
		if change("written", os.WriteFile("written", []byte("12345"), 0600)) {
			want(holds("written", "12345"), "written", nil)
		}
	}},
	{"stat", func() {
		st := stat("link")
		want(st.Size == int64(len(text)) && st.Mode == syscall.S_IFREG|0640, "link", nil)
		want(st.Mtim.Sec == 1000000000 && st.Mtim.Nsec == 123456789, "times", nil)
	}},
	{"lstat", func() {
		var st syscall.Stat_t
		err := syscall.Lstat("link", &st)
		want(err == nil && st.Mode&syscall.S_IFMT == syscall.S_IFLNK, "link", err)
	}},
	{"fstat", func() {
		var st syscall.Stat_t
		err := syscall.Fstat(open("text"), &st)
		want(err == nil && st.Ino == stat("text").Ino, "fstat", err)
	}},
	{"fstatat", func() {
		path := append([]byte("../link"), 0)
		var st syscall.Stat_t
		_, _, err := syscall.Syscall6(syscall.SYS_NEWFSTATAT, uintptr(open("dir")),
			uintptr(unsafe.Pointer(&path[0])), uintptr(unsafe.Pointer(&st)), 0x100, 0, 0)
		want(err == 0 && st.Mode&syscall.S_IFMT == syscall.S_IFLNK, "fstatat", err)
	}},
	{"access", func() {
		want(syscall.Access("text", 4) == nil && syscall.Access("prog", 1) == nil, "access", nil)
		want(syscall.Access("none", 0) == syscall.ENOENT, "none", nil)
		change("writing", syscall.Access("text", 2))
	}},
	{"faccessat", func() {
		err := syscall.Faccessat(open("dir"), "a", 4, 0)
		want(err == nil, "a", err)
	}},
	{"readdir", func() {
		entries, err := os.ReadDir("dir")
		want(err == nil && len(entries) == 3 && entries[2].Name() == "c", "names", err)
	}},
	{"getdents", func() {
		n, err := syscall.Getdents(open("dir"), make([]byte, 4096))
		want(err == nil && n > 0, "getdents", err)
	}},
	{"readlink", func() {
		target, err := os.Readlink("link")
		want(err == nil && target == "text", target, err)
	}},
	{"realpath", func() {
		path, err := filepath.EvalSymlinks(top + "/dir/../link")
		want(err == nil && path == top+"/text", path, err)
	}},
	{"getcwd", func() {
		path, err := syscall.Getwd()
		want(err == nil && path == top, path, err)
	}},
	{"chdir", func() {
		want(os.Chdir("dir") == nil && holds("../text", text), "dir", nil)
		want(os.Chdir("..") == nil, "..", nil)
	}},
	{"fchdir", func() {
		here := open(".")
		want(syscall.Fchdir(open("dir")) == nil && holds("../text", text), "dir", nil)
		want(syscall.Fchdir(here) == nil, "back", nil)
	}},
	{"execve", func() {
		pid, err := syscall.ForkExec("prog", []string{"prog"},
			&syscall.ProcAttr{Env: []string{"REGISTRY_CHILD=42"}})
		var status syscall.WaitStatus
		want(err == nil, "prog", err)
		_, err = syscall.Wait4(pid, &status, 0, nil)
		want(err == nil && status.ExitStatus() == 42, "status", err)
	}},
	{"posix_spawn", func() { runs(exec.Command(top+"/prog"), 43) }},
	{"posix_spawnp", func() {
		os.Setenv("PATH", top)
		runs(exec.Command("prog"), 44)
	}},
	{"mmap", func() {
		p, err := syscall.Mmap(open("text"), 0, len(text), syscall.PROT_READ, syscall.MAP_PRIVATE)
		want(err == nil && bytes.Equal(p, []byte(text)), "private", err)
		f, err := os.OpenFile("text3", os.O_RDWR, 0)
		if change("text3", err) {
			p, err = syscall.Mmap(int(f.Fd()), 0, len(text), syscall.PROT_WRITE, syscall.MAP_SHARED)
			want(err == nil, "shared", err)
			p[0] = 'J'
			want(holds("text3", "J"+text[1:]), "text3", nil)
		}
	}},
	{"munmap", func() {
		p, err := syscall.Mmap(open("text"), 0, len(text), syscall.PROT_READ, syscall.MAP_SHARED)
		want(err == nil && syscall.Munmap(p) == nil, "munmap", err)
	}},
	{"fcntl", func() {
		fd, _, err := syscall.Syscall(syscall.SYS_FCNTL, uintptr(open("text")),
			syscall.F_DUPFD_CLOEXEC, 50)
		want(err == 0 && fd >= 50, "F_DUPFD", err)
		lock := syscall.Flock_t{Type: syscall.F_RDLCK, Len: 4}
		want(syscall.FcntlFlock(fd, syscall.F_SETLK, &lock) == nil, "F_SETLK", nil)
	}},
	{"flock", func() {
		a, b := open("text"), open("text")
		want(syscall.Flock(a, syscall.LOCK_EX) == nil, "first", nil)
		want(syscall.Flock(b, syscall.LOCK_EX|syscall.LOCK_NB) == syscall.EWOULDBLOCK, "second", nil)
		want(syscall.Flock(a, syscall.LOCK_UN) == nil, "unlock", nil)
	}},
	{"rename", func() {
		if change("rename", os.Rename("dir/b", "dir/bb")) {
			change("back", os.Rename("dir/bb", "dir/b"))
		}
	}},
	{"unlink", func() { change("gone", syscall.Unlink("gone")) }},
	{"mkdir", func() { change("made", syscall.Mkdir("made", 0700)) }},
	{"rmdir", func() { change("empty", syscall.Rmdir("empty")) }},
	{"chmod", func() {
		if change("text2", os.Chmod("text2", 0604)) {
			want(stat("text2").Mode&07777 == 0604, "mode", nil)
		}
	}},
	{"chown", func() {
		st := stat("text2")
		change("text2", os.Chown("text2", int(st.Uid), int(st.Gid)))
	}},
	{"utimes", func() {
		if change("text2", os.Chtimes("text2", time.Unix(5, 6), time.Unix(7, 8))) {
			want(stat("text2").Mtim.Nsec == 8, "nanoseconds", nil)
		}
	}},
	{"statx", func() {
		path := append([]byte("link"), 0)
		var st [256]byte
		at := -100 // AT_FDCWD
		_, _, err := syscall.Syscall6(332, uintptr(at), uintptr(unsafe.Pointer(&path[0])), 0,
			0x7ff, uintptr(unsafe.Pointer(&st[0])), 0)
		want(err == 0 && st[40] == byte(len(text)), "statx", err)
	}},
	{"link", func() {
		want(stat("dir/a").Ino == stat("hard").Ino, "hard", nil)
		if change("link", os.Link("text", "dir/linked")) {
			want(os.Remove("dir/linked") == nil, "remove", nil)
		}
	}},
	{"truncate", func() {
		if change("text4", os.Truncate("text4", 5)) {
			want(holds("text4", "hello"), "text4", nil)
		}
	}},
	{"preadv", func() {
		a, b := make([]byte, 3), make([]byte, 64)
		n, err := vectors(syscall.SYS_PREADV, open("text"), 1, a, b)
		want(err == 0 && n == uintptr(len(text)-1) && string(a) == "ell", "preadv", err)
	}},
	{"pwritev", func() {
		f, err := os.OpenFile("text5", os.O_RDWR, 0)
		if change("text5", err) {
			vectors(syscall.SYS_PWRITEV, int(f.Fd()), 1, []byte("ab"), []byte("cd"))
			want(holds("text5", "habcd registry\n"), "text5", nil)
		}
	}},
	{"sendfile", func() {
		var pipe [2]int
		want(syscall.Pipe(pipe[:]) == nil, "pipe", nil)
		at := int64(6)
		n, err := syscall.Sendfile(pipe[1], open("text"), &at, 100)
		want(err == nil && n == len(text)-6 && at == int64(len(text)), "sendfile", err)
	}},
}

func row(name string, run func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Printf("%s failed: %v\n", name, r)
		}
	}()
	run()
	fmt.Printf("%s ok\n", name)
}

func main() {
	if child := os.Getenv("REGISTRY_CHILD"); child != "" {
		status, _ := strconv.Atoi(child)
		os.Exit(status)
	}
	if len(os.Args) != 3 || os.Chdir(os.Args[1]) != nil {
		os.Exit(2)
	}
	readOnly = os.Args[2] == "ro"
	top, _ = filepath.EvalSymlinks(os.Args[1])
	for _, r := range rows {
		row(r.name, r.run)
	}
}
