// Rust: threads, channels, panics caught and unwound, collections, files, time.
//build: dynamic crt-static
//expect: exit 4
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

thread_local!(static MINE: RefCell<u32> = RefCell::new(7));

struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
    }
}

fn threads() {
    let (tx, rx) = mpsc::channel();
    let total = Arc::new(AtomicUsize::new(0));
    let barrier = Arc::new(Barrier::new(10));
    let handles: Vec<_> = (0..10)
        .map(|i| {
            let (tx, total, barrier) = (tx.clone(), total.clone(), barrier.clone());
            thread::spawn(move || {
                barrier.wait();
                for k in 0..1000 {
                    total.fetch_add(k, Ordering::Relaxed);
                }
                MINE.with(|m| *m.borrow_mut() += i);
                tx.send((i, MINE.with(|m| *m.borrow()))).unwrap();
                i * i
            })
        })
        .collect();
    drop(tx);
    let squares: u32 = handles.into_iter().map(|h| h.join().unwrap()).sum();
    let seen: BTreeMap<u32, u32> = rx.iter().collect();
    println!("{} {} {:?}", squares, total.load(Ordering::SeqCst), seen);

    let pair = Arc::new((Mutex::new(0), Condvar::new()));
    let other = pair.clone();
    let t = thread::spawn(move || {
        for _ in 0..100 {
            *other.0.lock().unwrap() += 1;
            other.1.notify_one();
        }
    });
    let mut n = pair.0.lock().unwrap();
    while *n < 100 {
        n = pair.1.wait(n).unwrap();
    }
    drop(n);
    t.join().unwrap();
    let lock = RwLock::new(5);
    {
        let a = lock.read().unwrap();
        let b = lock.read().unwrap();
        println!("{}", *a + *b);
    }
    *lock.write().unwrap() += 1;
    println!("{:?}", lock.into_inner().unwrap());
}

fn panics() {
    panic::set_hook(Box::new(|info| {
        println!("hook: {}", info.payload().downcast_ref::<&str>().unwrap_or(&"other"));
    }));
    let caught = panic::catch_unwind(|| {
        let _a = Noisy("outer");
        let _b = Noisy("inner");
        panic!("on purpose");
    });
    println!("{}", caught.is_err());
    let r = thread::spawn(|| {
        let v: Vec<i32> = Vec::new();
        let i = std::env::args().count() + 10;
        v[i]
    })
    .join();
    println!("{}", r.is_err());
    let _ = panic::take_hook();
}

fn files() -> io::Result<()> {
    fs::create_dir("/tmp/rust")?;
    let mut f = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .open("/tmp/rust/file")?;
    for i in 0..1000 {
        writeln!(f, "line {}", i)?;
    }
    f.seek(SeekFrom::Start(0))?;
    let longest = BufReader::new(&f).lines().map(|l| l.unwrap().len()).max();
    println!("{:?} {}", longest, f.metadata()?.len());
    let mut text = String::new();
    f.seek(SeekFrom::End(-9))?;
    f.read_to_string(&mut text)?;
    print!("{}", text);
    println!("{:?}", fs::read("/tmp/rust/none").map_err(|e| e.kind()).err());
    fs::rename("/tmp/rust/file", "/tmp/rust/other")?;
    fs::copy("/tmp/rust/other", "/tmp/rust/copy")?;
    let mut names: Vec<_> = fs::read_dir("/tmp/rust")?
        .map(|e| e.unwrap().file_name())
        .collect();
    names.sort();
    println!("{:?}", names);
    fs::remove_dir_all("/tmp/rust")
}

fn main() {
    threads();
    panics();
    files().unwrap();
    let start = Instant::now();
    thread::sleep(Duration::from_millis(10));
    println!("{}", start.elapsed() >= Duration::from_millis(10));
    println!("{}", SystemTime::now() > SystemTime::UNIX_EPOCH);
    let mut counts = HashMap::new();
    for w in "a b a c b a".split(' ') {
        *counts.entry(w).or_insert(0) += 1;
    }
    let sorted: BTreeMap<_, _> = counts.into_iter().collect();
    println!("{:?} {}", sorted, (1..100).collect::<HashSet<u8>>().len());
    println!("{}", "1,2,3,x".split(',').filter_map(|s| s.parse::<u32>().ok()).sum::<u32>());
    eprintln!("to stderr");
    std::process::exit(4);
}
