// Go: goroutines, channels, select, maps, garbage, timers, files, panics, signals.
//build: static
//expect: exit 3
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type node struct {
	Left, Right *node
	Payload     [40]byte
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{Left: tree(depth - 1), Right: tree(depth - 1)}
}

func (n *node) count() int {
	if n == nil {
		return 0
	}
	return 1 + n.Left.count() + n.Right.count()
}

func sieve(limit int) []int {
	ch := make(chan int)
	go func(out chan int) {
		for i := 2; ; i++ {
			out <- i
		}
	}(ch)
	var primes []int
	for len(primes) < limit {
		prime := <-ch
		primes = append(primes, prime)
		next := make(chan int)
		go func(in, out chan int) {
			for {
				if i := <-in; i%prime != 0 {
					out <- i
				}
			}
		}(ch, next)
		ch = next
	}
	return primes
}

func deep(n int) int {
	var pad [256]byte
	pad[n%256] = 1
	if n == 0 {
		return int(pad[0])
	}
	return deep(n-1) + int(pad[n%256])
}

func guarded(f func()) (what string) {
	defer func() { what = fmt.Sprint(recover()) }()
	f()
	return
}

func files() {
	dir, err := os.MkdirTemp("", "go")
	fmt.Println(err)
	name := filepath.Join(dir, "file")
	fmt.Println(os.WriteFile(name, bytes.Repeat([]byte("line\n"), 10000), 0o600))
	data, err := os.ReadFile(name)
	fmt.Println(len(data), err)
	_, err = os.Stat(name + "x")
	fmt.Println(errors.Is(err, os.ErrNotExist))
	for i := 0; i < 5; i++ {
		os.Mkdir(filepath.Join(dir, fmt.Sprint("d", i)), 0o755)
	}
	n := 0
	filepath.Walk(dir, func(string, os.FileInfo, error) error { n++; return nil })
	fmt.Println(n, os.RemoveAll(dir))
	r, w, _ := os.Pipe()
	go func() {
		z := gzip.NewWriter(w)
		z.Write(data)
		z.Close()
		w.Close()
	}()
	z, err := gzip.NewReader(r)
	fmt.Println(err)
	sum := sha256.New()
	io.Copy(sum, z)
	fmt.Printf("%x\n", sum.Sum(nil))
}

func timers() {
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	ticks := 0
loop:
	for {
		select {
		case <-tick.C:
			ticks++
		case <-ctx.Done():
			break loop
		}
	}
	fmt.Println(ticks > 0, time.Since(start) >= 300*time.Millisecond, ctx.Err())
	fmt.Println(time.Unix(1e9, 0).UTC())
}

func main() {
	fmt.Println(sieve(60)[59])
	var wg sync.WaitGroup
	var total int64
	var mu sync.Mutex
	seen := map[int]int{}
	for i := 0; i < 200; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			for k := 0; k < 100; k++ {
				atomic.AddInt64(&total, int64(k))
				if k%10 == 0 {
					runtime.Gosched()
				}
			}
			mu.Lock()
			seen[i%7]++
			mu.Unlock()
		}(i)
	}
	wg.Wait()
	fmt.Println(total, seen)
	for i := 0; i < 8; i++ {
		tree(14)
	}
	fmt.Println(tree(16).count())
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println(stats.NumGC > 0, deep(100000))
	fmt.Println(guarded(func() { var p *node; p.count2() }))
	fmt.Println(guarded(func() { a := []int{1}; i := 5; fmt.Println(a[i]) }))
	fmt.Println(guarded(func() { z := 0; fmt.Println(1 / z) }))
	files()
	timers()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-c)
	fmt.Println(new(big.Int).Exp(big.NewInt(3), big.NewInt(300), nil))
	text, _ := json.Marshal(map[string]any{"b": 1.5, "a": []string{"x", "y"}, "c": nil})
	fmt.Println(string(text))
	words := strings.Fields("the quick brown fox")
	sort.Strings(words)
	fmt.Println(words, len(os.Args), runtime.GOOS, runtime.GOARCH)
	// a busy loop must not keep others from running: preemption by signals
	var stop int32
	go func() {
		for atomic.LoadInt32(&stop) == 0 {
		}
	}()
	time.Sleep(10 * time.Millisecond)
	runtime.GC()
	atomic.StoreInt32(&stop, 1)
	os.Exit(3)
}

func (n *node) count2() byte { return n.Payload[3] }
