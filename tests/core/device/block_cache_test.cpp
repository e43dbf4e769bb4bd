#include "core/device/block_cache.h"

#include "core/error.h"

#include <QtTest/QtTest>

#include <cstring>
#include <map>
#include <random>

using halfwave::BlockCache;
using halfwave::MemoryBlock;

class BlockCacheTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void small_blocks_are_not_kept();
  void data_are_aligned_and_waste_is_less_than_two_pages();
  void a_released_block_serves_again();
  void a_large_block_serves_small_requests();
  void free_neighbours_become_one();
  void the_smallest_that_fits_is_taken();
  void a_repeated_mixture_of_sizes_maps_nothing_new();
  void no_more_than_the_limit_is_kept();
  void clearing_gives_all_back();
  void blocks_never_overlap();
  void too_large_a_request_is_refused_in_a_sentence();
};

namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t overhead = 2 * 4096;  // a header, and up to a whole page

bool overlap(const MemoryBlock* a, const MemoryBlock* b) {
  const auto begin = [](const MemoryBlock* block) { return reinterpret_cast<const char*>(block); };
  return begin(a) < begin(b) + b->extent && begin(b) < begin(a) + a->extent;
}

}  // namespace

void BlockCacheTest::small_blocks_are_not_kept() {
  BlockCache cache(mib);
  cache.release(cache.take(1000));
  QCOMPARE(cache.kept_bytes(), std::size_t{0});
  cache.release(cache.take(64 * kib));
  QVERIFY(cache.kept_bytes() >= 64 * kib);
}

void BlockCacheTest::data_are_aligned_and_waste_is_less_than_two_pages() {
  BlockCache cache(64 * mib);
  for (std::size_t size = 64 * kib; size < 8 * mib; size += 1 + size / 7) {
    MemoryBlock* block = cache.take(size);
    QCOMPARE(reinterpret_cast<std::uintptr_t>(block->data()) % 64, std::uintptr_t{0});
    QVERIFY(block->extent >= size + sizeof(MemoryBlock));
    std::memset(block->data(), 7, size);
    cache.release(block);
  }
  MemoryBlock* block = cache.take(5 * mib + 1);
  QVERIFY(block->extent < 5 * mib + overhead);
  cache.release(block);
}

void BlockCacheTest::a_released_block_serves_again() {
  BlockCache cache(64 * mib);
  MemoryBlock* first = cache.take(mib);
  MemoryBlock* second = cache.take(mib);
  MemoryBlock* third = cache.take(mib);
  QVERIFY(!overlap(first, second) && !overlap(second, third));
  cache.release(second);
  QCOMPARE(cache.take(mib - 100), second);
  QCOMPARE(second->size, mib - 100);
  QCOMPARE(cache.kept_bytes(), std::size_t{0});
  for (MemoryBlock* block : {first, second, third}) cache.release(block);
}

void BlockCacheTest::a_large_block_serves_small_requests() {
  BlockCache cache(64 * mib);
  MemoryBlock* large = cache.take(8 * mib);
  MemoryBlock* guard = cache.take(mib);
  cache.release(large);
  std::vector<MemoryBlock*> small;
  for (int i = 0; i < 7; ++i) small.push_back(cache.take(mib));
  for (const MemoryBlock* block : small) QVERIFY(block < guard);
  for (MemoryBlock* block : small) cache.release(block);
  QCOMPARE(cache.take(8 * mib), large);  // the parts have become one again
  cache.release(large);
  cache.release(guard);
}

void BlockCacheTest::free_neighbours_become_one() {
  BlockCache cache(64 * mib);
  std::vector<MemoryBlock*> blocks;
  for (int i = 0; i < 5; ++i) blocks.push_back(cache.take(mib));
  MemoryBlock* const begin = blocks[1];
  for (const int i : {1, 3, 2}) cache.release(blocks[static_cast<std::size_t>(i)]);
  MemoryBlock* joined = cache.take(3 * mib);
  QCOMPARE(joined, begin);
  for (MemoryBlock* block : {joined, blocks[0], blocks[4]}) cache.release(block);
}

void BlockCacheTest::the_smallest_that_fits_is_taken() {
  BlockCache cache(64 * mib);
  std::map<std::size_t, MemoryBlock*> blocks;
  std::vector<MemoryBlock*> guards;
  for (const std::size_t size : {4 * mib, 2 * mib, 8 * mib}) {
    blocks[size] = cache.take(size);
    guards.push_back(cache.take(64 * kib));
  }
  for (const auto& [size, block] : blocks) cache.release(block);
  QCOMPARE(cache.take(2 * mib - 8 * kib), blocks[2 * mib]);
  QCOMPARE(cache.take(3 * mib), blocks[4 * mib]);
  QCOMPARE(cache.take(5 * mib), blocks[8 * mib]);
  for (const auto& [size, block] : blocks) cache.release(block);
  for (MemoryBlock* block : guards) cache.release(block);
}

// As a training step: fields are made and kept, then freed while large gradients are made. What is resident
// must stay near the most that was ever live.
void BlockCacheTest::a_repeated_mixture_of_sizes_maps_nothing_new() {
  BlockCache cache(1024 * mib);
  std::size_t most_live = 0, most_held = 0;
  for (int step = 0; step < 20; ++step) {
    std::vector<MemoryBlock*> fields, gradients;
    std::size_t live = 0;
    const auto note = [&] {
      most_live = std::max(most_live, live);
      most_held = std::max(most_held, live + cache.kept_bytes());
    };
    for (int i = 0; i < 16; ++i) {
      MemoryBlock* scratch = cache.take(3 * mib);
      fields.push_back(cache.take(4 * mib));
      cache.release(scratch);
      live += 4 * mib;
      note();
    }
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) {
        cache.release(fields.back());
        fields.pop_back();
        live -= 4 * mib;
      }
      gradients.push_back(cache.take(15 * mib));
      live += 15 * mib;
      note();
    }
    for (MemoryBlock* gradient : gradients) cache.release(gradient);
  }
  QVERIFY2(most_held < most_live * 5 / 4,
           qPrintable(QString("%1 MiB held, %2 live").arg(most_held / mib).arg(most_live / mib)));
  QCOMPARE(cache.mapped_bytes(), 1024 * mib);
}

void BlockCacheTest::no_more_than_the_limit_is_kept() {
  BlockCache cache(4 * mib);
  std::vector<MemoryBlock*> blocks;
  for (int i = 0; i < 12; ++i) {
    blocks.push_back(cache.take(mib));
    std::memset(blocks.back()->data(), 1, mib);
  }
  for (MemoryBlock* block : blocks) {
    cache.release(block);
    QVERIFY(cache.kept_bytes() <= 4 * mib + overhead);
  }
  // What was given back can still be used.
  MemoryBlock* block = cache.take(10 * mib);
  std::memset(block->data(), 2, 10 * mib);
  cache.release(block);
  QVERIFY(cache.kept_bytes() <= 4 * mib);
}

void BlockCacheTest::clearing_gives_all_back() {
  BlockCache cache(64 * mib);
  for (const std::size_t size : {mib, 3 * mib, 64 * kib}) cache.release(cache.take(size));
  QVERIFY(cache.kept_bytes() > 0);
  cache.clear();
  QCOMPARE(cache.kept_bytes(), std::size_t{0});
  QCOMPARE(cache.mapped_bytes(), std::size_t{0});
  MemoryBlock* block = cache.take(mib);
  cache.clear();
  QVERIFY(cache.mapped_bytes() > 0);
  std::memset(block->data(), 1, mib);
  cache.release(block);
}

void BlockCacheTest::blocks_never_overlap() {
  BlockCache cache(16 * mib);
  std::mt19937 random(3);
  std::vector<MemoryBlock*> live;
  for (int step = 0; step < 4000; ++step) {
    if (live.size() < 2 || random() % 5 < 2) {
      const std::size_t size = 64 * kib + random() % (random() % 8 == 0 ? 4 * mib : 300 * kib);
      MemoryBlock* block = cache.take(size);
      for (const MemoryBlock* other : live) QVERIFY(!overlap(block, other));
      auto* bytes = static_cast<unsigned char*>(block->data());
      bytes[0] = bytes[size - 1] = static_cast<unsigned char>(reinterpret_cast<std::uintptr_t>(block) >> 12);
      live.push_back(block);
    } else {
      const std::size_t index = random() % live.size();
      const auto* bytes = static_cast<unsigned char*>(live[index]->data());
      QCOMPARE(bytes[0], static_cast<unsigned char>(reinterpret_cast<std::uintptr_t>(live[index]) >> 12));
      QCOMPARE(bytes[live[index]->size - 1], bytes[0]);
      cache.release(live[index]);
      live[index] = live.back();
      live.pop_back();
    }
    if (step % 1000 == 999) cache.clear();
  }
  for (MemoryBlock* block : live) cache.release(block);
  cache.clear();
  QCOMPARE(cache.mapped_bytes(), std::size_t{0});
}

void BlockCacheTest::too_large_a_request_is_refused_in_a_sentence() {
  BlockCache cache(mib);
  for (const std::size_t size : {std::size_t{1} << 60, SIZE_MAX / 2, SIZE_MAX - 10, SIZE_MAX}) {
    try {
      cache.take(size);
      QFAIL("such a block cannot exist");
    } catch (const halfwave::RunError& error) {
      QVERIFY2(QString(error.what()).startsWith("memory: a tensor of "), error.what());
    }
  }
}

QTEST_GUILESS_MAIN(BlockCacheTest)
#include "block_cache_test.moc"
