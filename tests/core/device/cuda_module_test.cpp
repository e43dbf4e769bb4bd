#include "core/device/cuda_module.h"

#include "core/error.h"

#include <QtTest/QtTest>

#include <cstdio>

using halfwave::CudaModule;

class CudaModuleTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void what_the_linker_says_becomes_a_sentence();
  void a_missing_module_gives_its_reason();
  void a_foreign_file_gives_its_reason();
  void a_foreign_library_is_not_taken();
  void the_built_module_loads_or_says_why();
  void memory_without_a_card_is_an_error();
};

void CudaModuleTest::what_the_linker_says_becomes_a_sentence() {
  using halfwave::explain_load_error;
  QCOMPARE(explain_load_error("libcudnn.so.9: cannot open shared object file: No such file or directory"),
           std::string("the library libcudnn.so.9 was not found"));
  QCOMPARE(explain_load_error("libcuda.so.1: cannot open shared object file: No such file or directory"),
           std::string("no NVIDIA driver is installed (libcuda.so.1 was not found)"));
  QCOMPARE(explain_load_error("/x/y.so: cannot open shared object file: Permission denied"),
           std::string("the library /x/y.so cannot be read"));
  QCOMPARE(explain_load_error("/x/y.so: undefined symbol: f\nmore"),
           std::string("the dynamic linker says: /x/y.so: undefined symbol: f"));
}

void CudaModuleTest::a_missing_module_gives_its_reason() {
  const CudaModule module = CudaModule::load("/nowhere/libhalfwave_cuda.so");
  QVERIFY(!module.loaded());
  QVERIFY(module.cards().empty());
  QCOMPARE(module.reason(), std::string("the library /nowhere/libhalfwave_cuda.so was not found"));
}

void CudaModuleTest::a_foreign_file_gives_its_reason() {
  QTemporaryFile file;
  QVERIFY(file.open());
  file.write("not a library");
  file.close();
  const CudaModule module = CudaModule::load(file.fileName().toStdString());
  QVERIFY(!module.loaded());
  QVERIFY2(module.reason().find("the dynamic linker says: ") == 0, module.reason().c_str());
}

void CudaModuleTest::a_foreign_library_is_not_taken() {
  const CudaModule module = CudaModule::load("libm.so.6");
  QVERIFY(!module.loaded());
  QCOMPARE(module.reason(), std::string("libm.so.6 is not a CUDA module of this version of Halfwave"));
}

void CudaModuleTest::the_built_module_loads_or_says_why() {
  const QString file = QDir(QCoreApplication::applicationDirPath()).filePath("../lib/libhalfwave_cuda.so");
  if (!QFile::exists(file)) QSKIP("this build has no CUDA module: nvcc was not found when it was configured");
  const CudaModule module = CudaModule::load(file.toStdString());
  std::printf("CUDA module: %s\n", module.reason().empty() ? "usable" : module.reason().c_str());
  QCOMPARE(module.cards().empty(), !module.reason().empty());
  QVERIFY(module.reason().find('\n') == std::string::npos);
  if (module.cards().empty()) QSKIP("no card can be used on this machine; the reason is in the line above");
  for (int card = 0; card < static_cast<int>(module.cards().size()); ++card) {
    const halfwave::CudaMemory memory = module.memory(card);
    QVERIFY(memory.card_total > 0);
    QVERIFY(memory.card_free <= memory.card_total);
    QVERIFY(memory.allocated <= memory.reserved);
    module.reset_peak(card);
    QCOMPARE(module.memory(card).peak_allocated, memory.allocated);
  }
}

void CudaModuleTest::memory_without_a_card_is_an_error() {
  const CudaModule module = CudaModule::unavailable("a test");
  QCOMPARE(module.reason(), std::string("a test"));
  QVERIFY_EXCEPTION_THROWN(module.memory(0), halfwave::RunError);
  QVERIFY_EXCEPTION_THROWN(module.reset_peak(0), halfwave::RunError);
}

QTEST_GUILESS_MAIN(CudaModuleTest)
#include "cuda_module_test.moc"
