#include "core/device/block_cache.h"

#include "core/error.h"

#include <QtTest/QtTest>

#include <cstring>

using halfwave::BlockCache;
using halfwave::MemoryBlock;

class BlockCacheTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void capacity_wastes_at_most_an_eighth();
  void small_blocks_are_not_kept();
  void the_last_released_comes_first();
  void a_somewhat_larger_block_serves();
  void the_oldest_go_when_the_limit_is_reached();
  void a_block_above_the_limit_is_not_kept();
  void clearing_gives_all_back();
  void too_large_a_request_is_refused_in_a_sentence();
};

namespace {
constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
}  // namespace

void BlockCacheTest::capacity_wastes_at_most_an_eighth() {
  std::size_t previous = 0;
  for (std::size_t size = 1; size < 64 * mib; size += 1 + size / 97) {
    const std::size_t capacity = BlockCache::capacity_of(size);
    QVERIFY(capacity >= size);
    QVERIFY(capacity >= previous);
    QVERIFY(capacity - size < std::max<std::size_t>(64, size / 8 + 1));
    QCOMPARE(BlockCache::capacity_of(capacity), capacity);
    previous = capacity;
  }
}

void BlockCacheTest::small_blocks_are_not_kept() {
  BlockCache cache(mib);
  cache.release(cache.take(1000));
  QCOMPARE(cache.kept_bytes(), std::size_t{0});
  cache.release(cache.take(64 * kib));
  QCOMPARE(cache.kept_bytes(), 64 * kib);
}

void BlockCacheTest::the_last_released_comes_first() {
  BlockCache cache(64 * mib);
  MemoryBlock* first = cache.take(mib);
  MemoryBlock* second = cache.take(mib);
  QVERIFY(first != second);
  std::memset(first->data(), 1, mib);
  std::memset(second->data(), 2, mib);
  cache.release(first);
  cache.release(second);
  QCOMPARE(cache.kept_bytes(), 2 * mib);
  QCOMPARE(cache.take(mib), second);
  QCOMPARE(cache.take(mib - 100), first);
  QCOMPARE(first->size, mib - 100);
  QCOMPARE(cache.kept_bytes(), std::size_t{0});
  cache.release(first);
  cache.release(second);
}

void BlockCacheTest::a_somewhat_larger_block_serves() {
  BlockCache cache(64 * mib);
  MemoryBlock* block = cache.take(5 * mib / 4);
  cache.release(block);
  MemoryBlock* same = cache.take(mib);  // two eighths larger
  QCOMPARE(same, block);
  cache.release(same);
  MemoryBlock* small = cache.take(mib / 2);  // not a block of more than twice the size
  QVERIFY(small != block);
  cache.release(small);
}

void BlockCacheTest::the_oldest_go_when_the_limit_is_reached() {
  BlockCache cache(4 * mib);
  std::vector<MemoryBlock*> blocks;
  for (int i = 0; i < 6; ++i) blocks.push_back(cache.take(mib));
  MemoryBlock* large = cache.take(2 * mib);
  for (MemoryBlock* block : blocks) cache.release(block);
  QCOMPARE(cache.kept_bytes(), 4 * mib);
  cache.release(large);  // two of the small ones go
  QCOMPARE(cache.kept_bytes(), 4 * mib);
  QCOMPARE(cache.take(2 * mib), large);
  QCOMPARE(cache.take(mib), blocks[5]);
  QCOMPARE(cache.take(mib), blocks[4]);
  QCOMPARE(cache.kept_bytes(), std::size_t{0});
  for (MemoryBlock* block : {large, blocks[5], blocks[4]}) cache.release(block);
}

void BlockCacheTest::a_block_above_the_limit_is_not_kept() {
  BlockCache cache(mib);
  MemoryBlock* small = cache.take(64 * kib);
  cache.release(small);
  cache.release(cache.take(2 * mib));
  QCOMPARE(cache.kept_bytes(), 64 * kib);
}

void BlockCacheTest::clearing_gives_all_back() {
  BlockCache cache(64 * mib);
  for (const std::size_t size : {mib, 3 * mib, 64 * kib}) cache.release(cache.take(size));
  QVERIFY(cache.kept_bytes() > 0);
  cache.clear();
  QCOMPARE(cache.kept_bytes(), std::size_t{0});
}

void BlockCacheTest::too_large_a_request_is_refused_in_a_sentence() {
  BlockCache cache(mib);
  for (const std::size_t size : {std::size_t{1} << 60, SIZE_MAX - 10, SIZE_MAX}) {
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
