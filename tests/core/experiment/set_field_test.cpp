#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/nearest_name.h"
#include "core/experiment/schema.h"

#include <QtTest/QtTest>

using namespace halfwave;

class SetFieldTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void accepted_data() {
    QTest::addColumn<QString>("assignment");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value");
    const auto row = [](const char* assignment, const char* path, const char* value) {
      QTest::newRow(assignment) << assignment << path << value;
    };
    row("training.epochs=5", "training.epochs", "5");
    row("training.learning_rate=1e-3", "training.learning_rate", "0.001");
    row("training.learning_rate=1", "training.learning_rate", "1.0");
    row("training.shuffle=false", "training.shuffle", "false");
    row("seed=18446744073709551615", "seed", "18446744073709551615");
    row("operator.modes=[12,10]", "operator.modes", "[12,10]");
    row("operator.modes=12, 10", "operator.modes", "[12,10]");
    row("operator.modes=12", "operator.modes", "[12]");
    row("operator.modes[1]=8", "operator.modes", "[16,8]");
    row("operator.engine=fft", "operator.engine", "\"fft\"");
    row("operator.engine=\"fft\"", "operator.engine", "\"fft\"");
    row("name=12", "name", "\"12\"");
    row("name=true", "name", "\"true\"");
    row("name=a=b", "name", "\"a=b\"");
    row("name=", "name", "\"\"");
    row("dataset.train=/a b/c.pt", "dataset.train", "\"/a b/c.pt\"");
    row("dataset.test=a.pt", "dataset.test", "[\"a.pt\"]");
    row("dataset.test=[\"a.pt\",\"b.pt\"]", "dataset.test", "[\"a.pt\",\"b.pt\"]");
    row("dataset.test=[1].pt", "dataset.test", "[\"[1].pt\"]");
    row("precision.overrides=[{\"layer\":\"*\",\"stage\":\"weights\",\"value\":\"bf16\"}]",
        "precision.overrides", "[{\"layer\":\"*\",\"stage\":\"weights\",\"value\":\"bf16\"}]");
  }
  void accepted() {
    QFETCH(QString, assignment);
    QFETCH(QString, path);
    QFETCH(QString, value);
    Experiment e;
    set_field(e, assignment.toStdString());
    QCOMPARE(QString::fromStdString(field_value(e, path.toStdString())), value);
  }

  void refused_data() {
    QTest::addColumn<QString>("message");
    const auto row = [](const char* assignment, const char* message) {
      QTest::newRow(assignment) << message;
    };
    row("training.epochs",
        "\"training.epochs\" sets nothing; write field=value, for instance training.epochs=5");
    row("=5", "\"=5\" sets nothing; write field=value, for instance training.epochs=5");
    row("training.epoch=5", "training.epoch: there is no such field; the nearest is training.epochs");
    row("epochs=5", "epochs: there is no such field; the nearest is training.epochs");
    row("training=5", "training: is a group of fields; name one of them, for instance training.epochs");
    row("version=1", "version: is written by Halfwave and cannot be set");
    row("training.epochs=five", "training.epochs: the text \"five\" is not a whole number");
    row("training.epochs=5.5", "training.epochs: 5.5 is not a whole number");
    row("training.epochs=", "training.epochs: the text \"\" is not a whole number");
    row("training.shuffle=yes", "training.shuffle: the text \"yes\" is not true or false");
    row("operator.modes=a,b", "operator.modes: the text \"a,b\" is not a list in square brackets");
    row("operator.modes[2]=8", "operator.modes: has no element [2]; it has 2 elements, counted from 0");
    row("operator.modes[-1]=8",
        "operator.modes[-1]: an index is a whole number in square brackets, for instance operator.modes[0]");
    row("operator.modes[0=8",
        "operator.modes[0: an index is a whole number in square brackets, for instance operator.modes[0]");
    row("operator.modes[0]x=8",
        "operator.modes[0]x: after an element comes a dot or another index, for instance operator.modes[0]");
    row("operator.modes[0][0]=8", "operator.modes[0]: is not a list, so it has no element [0]");
    row("operator.width[0]=8", "operator.width: is not a list, so it has no element [0]");
    row("operator.modes[0]=many", "operator.modes[0]: the text \"many\" is not a whole number");
  }
  void refused() {
    QFETCH(QString, message);
    Experiment e;
    try {
      set_field(e, QTest::currentDataTag());
      QFAIL("accepted");
    } catch (const RequestError& error) {
      QCOMPARE(QString::fromStdString(error.what()), message);
    }
    QVERIFY(e == Experiment{});
  }

  void parts_of_lists_of_objects_are_reached() {
    Experiment experiment;
    set_field(experiment, "precision.schedule=paper");
    set_field(experiment, "precision.schedule[0].policy=amp");
    set_field(experiment, "precision.schedule[1].overrides[2].value=bf16");
    set_field(experiment, "precision.schedule[2].fraction=0.3");
    QCOMPARE(experiment.precision.schedule[0].preset, std::string("amp"));
    QCOMPARE(experiment.precision.schedule[1].overrides[2].value, std::string("bf16"));
    QCOMPARE(experiment.precision.schedule[2].fraction, 0.3);
    QVERIFY_THROWS_EXCEPTION(FieldError, set_field(experiment, "precision.schedule[0].polcy=amp"));
  }

  void distances_are_those_of_levenshtein() {
    QCOMPARE(edit_distance("", ""), std::size_t{0});
    QCOMPARE(edit_distance("kitten", "sitting"), std::size_t{3});
    QCOMPARE(edit_distance("flaw", "lawn"), std::size_t{2});
    QCOMPARE(edit_distance("abc", ""), std::size_t{3});
    QCOMPARE(edit_distance("Batch-Size", "batch_size"), std::size_t{0});
    QCOMPARE(nearest_name("lr_gama", {"epochs", "lr_gamma", "lr_period"}), std::string("lr_gamma"));
  }
};

QTEST_GUILESS_MAIN(SetFieldTest)
#include "set_field_test.moc"
