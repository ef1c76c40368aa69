/* C++: exceptions through many frames, streams, containers, threads, static order. */
//build: static dynamic
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct noisy {
	explicit noisy(std::string n) : name(std::move(n)) {}
	~noisy() { std::cout << "unwound " << name << '\n'; }
	std::string name;
};

noisy global("a global at exit");
thread_local int mine = 3;

int fall(int depth)
{
	noisy here("frame " + std::to_string(depth));

	if (depth == 0)
		throw std::out_of_range("the bottom");
	return fall(depth - 1) + 1;
}

void catching()
{
	try {
		fall(4);
	} catch (const std::logic_error &e) {
		std::cout << "caught " << e.what() << '\n';
	}
	try {
		try {
			throw 42;
		} catch (int n) {
			std::throw_with_nested(std::runtime_error("around " + std::to_string(n)));
		}
	} catch (const std::exception &e) {
		std::cout << e.what() << '\n';
		try {
			std::rethrow_if_nested(e);
		} catch (int n) {
			std::cout << "inner " << n << '\n';
		}
	}
	try {
		std::vector<int>().at(7);
	} catch (const std::exception &e) {
		std::cout << "at: " << (dynamic_cast<const std::out_of_range *>(&e) != nullptr) << '\n';
	}
	try {
		std::unique_ptr<char[]> p(new char[std::size_t(1) << 50]);
		std::cout << "no limit\n";
	} catch (const std::bad_alloc &) {
		std::cout << "bad_alloc\n";
	}
}

void streaming()
{
	std::ofstream("/tmp/numbers") << "3 1 4 1 5 9 2 6 5 3 5\n";
	std::ifstream in("/tmp/numbers");
	std::vector<int> v{std::istream_iterator<int>(in), {}};
	std::ostringstream out;

	std::sort(v.begin(), v.end());
	for (int n : v)
		out << std::setw(3) << n;
	std::cout << out.str() << " sum " << std::accumulate(v.begin(), v.end(), 0) << '\n';
	std::cout << std::hex << std::showbase << 255 << std::dec << ' ' << std::fixed
		  << std::setprecision(3) << 2.0 / 3 << '\n';
	std::cout << std::regex_replace(std::string("nacre run prog"), std::regex("(\\w+) (\\w+)"),
					"$2 $1")
		  << '\n';
}

void threading()
{
	std::vector<std::thread> threads;
	std::map<int, int> results;
	std::atomic<long> total{0};
	std::mutex lock;

	for (int i = 0; i < 8; i++)
		threads.emplace_back([&, i] {
			for (int k = 0; k < 1000; k++)
				total += k;
			mine += i;
			try {
				throw i;
			} catch (int n) {
				std::lock_guard<std::mutex> hold(lock);
				results[n] = mine;
			}
		});
	for (auto &t : threads)
		t.join();
	for (auto &[k, v] : results)
		std::cout << k << ':' << v << ' ';
	std::cout << total << ' ' << mine << '\n';
	auto f = std::async(std::launch::async, [] { return fall(1); });
	try {
		f.get();
	} catch (const std::exception &e) {
		std::cout << "from a thread: " << e.what() << '\n';
	}
	std::promise<int> promise;
	auto future = promise.get_future();
	std::cout << (future.wait_for(std::chrono::milliseconds(5)) == std::future_status::timeout)
		  << '\n';
}

} // namespace

int main()
{
	catching();
	streaming();
	threading();
	std::cerr << "to cerr" << std::endl;
	return 0;
}
