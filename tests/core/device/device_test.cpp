#include "core/device/device.h"

#include "core/device/cuda_module.h"
#include "core/device/machine.h"
#include "core/error.h"

#include <QtTest/QtTest>

#include <sstream>

using namespace halfwave;

class DeviceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_processor_is_read_from_the_kernels_text();
  void an_unknown_processor_has_a_name();
  void the_cpu_is_always_there();
  void bf16_is_native_where_the_processor_has_it();
  void cuda_is_listed_with_a_reason_or_a_card();
  void a_missing_device_is_refused_in_a_sentence();
};

void DeviceTest::the_processor_is_read_from_the_kernels_text() {
  std::istringstream text(
      "processor\t: 0\nmodel name\t: Some CPU @ 2.0 GHz\nflags\t\t: fpu sse2 avx2 avx512_bf16\nbugs\t\t:\n\n"
      "processor\t: 1\nmodel name\t: Another\nflags\t\t: amx_bf16\n");
  const ProcessorInfo info = parse_processor_info(text);
  QCOMPARE(info.model, std::string("Some CPU @ 2.0 GHz"));
  QCOMPARE(info.flags.size(), std::size_t{4});
  QVERIFY(info.has("avx2"));
  QVERIFY(!info.has("avx"));
  QVERIFY(info.has_bf16());

  std::istringstream older("model name : Old\nflags : fpu sse2 avx512f avx512_vnni\n");
  QVERIFY(!parse_processor_info(older).has_bf16());
  std::istringstream amx("model name : New\nflags : amx_tile amx_bf16\n");
  QVERIFY(parse_processor_info(amx).has_bf16());
}

void DeviceTest::an_unknown_processor_has_a_name() {
  std::istringstream text("");
  const ProcessorInfo info = parse_processor_info(text);
  QCOMPARE(info.model, std::string("unknown processor"));
  QVERIFY(!info.has_bf16());
}

void DeviceTest::the_cpu_is_always_there() {
  const DeviceInfo cpu = require_device("cpu");
  QCOMPARE(list_devices().front().name, std::string("cpu"));
  QVERIFY(cpu.available);
  QVERIFY(cpu.reason.empty());
  QVERIFY(!cpu.description.empty());
  QVERIFY(cpu.threads >= 1);
  QVERIFY(cpu.memory_bytes > 100'000'000);
  QCOMPARE(cpu.support.size(), all_formats.size());
  QCOMPARE(cpu.supports(Format::fp64), Support::native);
  QCOMPARE(cpu.supports(Format::fp32), Support::native);
  for (const Format format : {Format::tf32, Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2})
    QCOMPARE(cpu.supports(format), Support::emulated);
}

void DeviceTest::bf16_is_native_where_the_processor_has_it() {
  // The compiler's own look at the processor is the oracle here.
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool expected = __builtin_cpu_supports("avx512bf16") || processor_info().has("amx_bf16");
  QCOMPARE(require_device("cpu").supports(Format::bf16), expected ? Support::native : Support::emulated);
#else
  QSKIP("the compiler's test of processor features is for x86-64");
#endif
}

void DeviceTest::cuda_is_listed_with_a_reason_or_a_card() {
  load_device_modules();
  load_device_modules();
  int found = 0;
  for (const DeviceInfo& device : list_devices()) {
    if (device.name.rfind("cuda", 0) != 0) continue;
    ++found;
    QCOMPARE(device.support.size(), all_formats.size());
    if (device.available) {
      QVERIFY(device.reason.empty());
      QVERIFY(device.memory_bytes > 0);
    } else {
      QVERIFY(!device.reason.empty());
      QVERIFY2(device.reason.find('\n') == std::string::npos, device.reason.c_str());
    }
  }
  QVERIFY(found >= 1);
}

void DeviceTest::a_missing_device_is_refused_in_a_sentence() {
  const auto message = [](const std::string& name) -> std::string {
    try {
      require_device(name);
      return {};
    } catch (const RequestError& error) {
      return error.what();
    }
  };
  for (const char* name : {"", "gpu", "cpu:1", "CPU", "cuda:99", "cuda:x"}) {
    const std::string text = message(name);
    QVERIFY2(text.rfind("device: ", 0) == 0, text.c_str());
    QVERIFY2(text.find("cpu") != std::string::npos, text.c_str());
  }
  if (cuda_module().cards().empty())
    QCOMPARE(message("cuda"), "device: cuda is not available: " + cuda_module().reason() + "; use cpu");
  else
    QCOMPARE(require_device("cuda:0").name, std::string("cuda"));
}

QTEST_GUILESS_MAIN(DeviceTest)
#include "device_test.moc"
