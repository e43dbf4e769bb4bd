#include "app/lab/cure.h"

#include <QtTest>

using namespace halfwave;
using namespace halfwave::lab;

class CureTest : public QObject {
  Q_OBJECT

 private:
  static NonFinite fault(const char* layer, const char* stage, bool backward = false) {
    return {layer, stage, backward, 0, 2};
  }
  static QString text(const NonFinite& f, const char* preset, const Experiment& e = {}) {
    return QString::fromStdString(cure(f, make_policy(preset, 4), e));
  }

 private Q_SLOTS:
  void names_layer_stage_format_and_place() {
    const auto said = describe(fault("block.1", "forward_transform"), make_policy("naive", 4));
    QCOMPARE(QString::fromStdString(said),
             QString("block.1, forward_transform (fp16), forward, epoch 1, step 3"));
  }

  void offers_the_stabilizer_where_there_is_none() {
    const QString said = text(fault("block.0", "forward_transform"), "naive");
    QVERIFY2(said.contains("tanh") && said.contains("65504"), qPrintable(said));
  }

  void offers_the_other_engine_only_to_fft() {
    Experiment e;
    e.op.engine = "fft";
    QVERIFY(text(fault("block.0", "forward_transform"), "naive", e).contains("engine dft"));
    e.op.engine = "dft";
    QVERIFY(!text(fault("block.0", "forward_transform"), "naive", e).contains("engine dft"));
  }

  void does_not_offer_the_stabilizer_that_is_there() {
    const QString said = text(fault("block.0", "contraction"), "mixed");
    QVERIFY2(!said.contains("tanh") && said.contains("bf16"), qPrintable(said));
  }

  void offers_loss_scaling_to_gradients() {
    Experiment e;
    e.precision.loss_scaling = "none";
    QVERIFY(text(fault("block.0", "pointwise", true), "mixed", e).contains("loss scaling"));
  }

  void blames_the_learning_rate_where_the_format_has_range() {
    QVERIFY(text(fault("block.0", "contraction"), "full").contains("learning_rate"));
    QVERIFY(text(fault("projection", "pointwise"), "bf16").contains("learning_rate"));
  }

  void survives_names_it_does_not_know() {
    QVERIFY(!text(fault("loss", "l2"), "naive").isEmpty());
    QVERIFY(!describe(fault("", ""), Policy{}).empty());
  }
};

QTEST_GUILESS_MAIN(CureTest)
#include "cure_test.moc"
