# java: compile and run a class: threads, collection, processes, files.
set -eu
cat > T.java <<'END'
import java.nio.file.*; import java.util.*; import java.util.concurrent.*; import java.util.stream.*;
public class T {
  static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
  public static void main(String[] a) throws Exception {
    ExecutorService e = Executors.newFixedThreadPool(8);
    List<Future<Integer>> l = new ArrayList<>();
    for (int i = 20; i < 32; i++) { int n = i; l.add(e.submit(() -> fib(n))); }
    for (var f : l) System.out.print(f.get() + " ");
    System.out.println(); e.shutdown();
    long sum = 0; for (int r = 0; r < 300; r++) { byte[][] g = new byte[200][]; for (int i = 0; i < 200; i++) g[i] = new byte[4096]; sum += g[r % 200].length; }
    System.gc(); System.out.println(sum);
    System.out.println(IntStream.range(0, 1000000).parallel().mapToLong(x -> x).sum());
    Process p = new ProcessBuilder("sh", "-c", "cat; exit 3").start();
    p.getOutputStream().write("through a process\n".getBytes()); p.getOutputStream().close();
    System.out.print(new String(p.getInputStream().readAllBytes())); System.out.println(p.waitFor());
    Path t = Files.createTempDirectory("x"); for (int i = 0; i < 50; i++) Files.writeString(t.resolve("f" + i), "" + i);
    try (var s = Files.walk(t)) { System.out.println(s.filter(Files::isRegularFile).count()); }
    try { Object o = null; o.hashCode(); } catch (NullPointerException x) { System.out.println("null caught"); }
    try { rec(0); } catch (StackOverflowError x) { System.out.println("overflow caught"); }
    Thread w = new Thread(() -> { try { Thread.sleep(100000); } catch (InterruptedException x) { System.out.println("interrupted"); } });
    w.start(); Thread.sleep(50); w.interrupt(); w.join();
  }
  static int rec(int n) { return rec(n + 1) + 1; }
}
END
javac T.java; java T; java -XX:+UseParallelGC -Xmx64m T | tail -1; java -XX:+UseZGC T | head -1
