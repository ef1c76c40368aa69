# go: build and run a program with goroutines, many Ms, timers, children, a signal.
set -eu
export HOME=$PWD GOCACHE=$PWD/cache GOFLAGS=-mod=mod GO111MODULE=on GOPATH=$PWD/go
cat > go.mod <<'END'
module t
go 1.19
END
cat > main.go <<'END'
package main
import ("fmt"; "os"; "os/exec"; "os/signal"; "runtime"; "sync"; "syscall"; "time")
func main() {
	var wg sync.WaitGroup; ch := make(chan int, 16); sum := 0
	done := make(chan bool); go func() { for v := range ch { sum += v }; done <- true }()
	for i := 0; i < 2000; i++ { wg.Add(1); go func(i int) { defer wg.Done(); ch <- i; runtime.Gosched() }(i) }
	wg.Wait(); close(ch); <-done; fmt.Println(sum)
	var ms sync.WaitGroup
	for i := 0; i < 50; i++ { ms.Add(1); go func() { defer ms.Done(); runtime.LockOSThread(); syscall.Nanosleep(&syscall.Timespec{Nsec: 2e7}, nil) }() }
	ms.Wait(); fmt.Println("threads")
	g := make([][]byte, 0); for i := 0; i < 5000; i++ { g = append(g, make([]byte, 10000)); if i%100 == 0 { g = g[:0]; runtime.GC() } }
	fmt.Println("collected")
	c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGUSR1); syscall.Kill(os.Getpid(), syscall.SIGUSR1); fmt.Println(<-c)
	for i := 0; i < 20; i++ { wg.Add(1); go func(i int) { defer wg.Done(); o, e := exec.Command("sh", "-c", fmt.Sprintf("echo %d; exit %d", i, i%3)).Output(); _ = o; if (e == nil) != (i%3 == 0) { fmt.Println("bad", i, e) } }(i) }
	wg.Wait(); t := time.NewTimer(20 * time.Millisecond); <-t.C
	spin := true; go func() { for spin { } }(); time.Sleep(10 * time.Millisecond); runtime.GC(); fmt.Println("preempted")
	defer func() { fmt.Println("recovered", recover()) }(); var p *int; *p = 1
}
END
go build -o t . && ./t
GOMAXPROCS=8 ./t | tail -1
