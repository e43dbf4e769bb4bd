#include "core/operators/parameter_count.h"

#include "core/operators/build.h"

#include <QTest>

using namespace halfwave;

class ParameterCountTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void agrees_with_what_is_built_data();
  void agrees_with_what_is_built();
  void counts_of_neuraloperator();
  void specs_that_cannot_be_built_have_none();
};

void ParameterCountTest::agrees_with_what_is_built_data() {
  QTest::addColumn<QString>("what");
  for (const char* what :
       {"default", "1d", "3d", "odd modes", "no embedding", "no channel mlp", "identity skips",
        "linear skips", "fractional ratios", "half rounds to even", "channels"})
    QTest::newRow(what) << QString::fromLatin1(what);
}

void ParameterCountTest::agrees_with_what_is_built() {
  QFETCH(QString, what);
  OperatorSpec spec;
  spec.modes = {8, 6};
  spec.width = 12;
  spec.layers = 3;
  int in = 1, out = 1;
  if (what == "1d") spec.modes = {10};
  if (what == "3d") spec.modes = {4, 6, 5};
  if (what == "odd modes") spec.modes = {7, 9};
  if (what == "no embedding") spec.grid_embedding = false;
  if (what == "no channel mlp") spec.channel_mlp = false;
  if (what == "identity skips") spec.skip = "identity", spec.channel_mlp_skip = "none";
  if (what == "linear skips") spec.skip = "soft-gating", spec.channel_mlp_skip = "linear";
  if (what == "fractional ratios") spec.lifting_ratio = 1.3, spec.projection_ratio = 0.7;
  if (what == "half rounds to even") spec.width = 9, spec.channel_mlp_expansion = 0.5;
  if (what == "channels") in = 3, out = 2;

  const auto built = build_operator(spec, in, out, 0);
  std::int64_t numbers = 0;
  for (const auto& parameter : built->parameters()) numbers += parameter.value.numel();
  QCOMPARE(parameter_count(spec, in, out), numbers);
}

void ParameterCountTest::counts_of_neuraloperator() {
  // By hand from its modules: lifting 3·48+48+48·24+24, four blocks of 2·24·24·8·5 + 24 (spectral), 24·24
  // (skip), 24·12+12+12·24+24 (channel MLP) and 24 (its skip), projection 24·48+48+48+1.
  OperatorSpec spec;
  spec.modes = {8, 8};
  spec.width = 24;
  QCOMPARE(parameter_count(spec, 1, 1), std::int64_t(1368 + 4 * (46080 + 24 + 576 + 612 + 24) + 1249));
}

void ParameterCountTest::specs_that_cannot_be_built_have_none() {
  OperatorSpec spec;
  spec.modes = {};
  QCOMPARE(parameter_count(spec, 1, 1), std::int64_t(0));
  spec.modes = {8, 0};
  QCOMPARE(parameter_count(spec, 1, 1), std::int64_t(0));
  spec.modes = {8, 8};
  spec.width = 0;
  QCOMPARE(parameter_count(spec, 1, 1), std::int64_t(0));
  spec.width = 8;
  QCOMPARE(parameter_count(spec, 0, 1), std::int64_t(0));
}

QTEST_GUILESS_MAIN(ParameterCountTest)
#include "parameter_count_test.moc"
