#include "widgets/training_form.h"

#include "support/window_support.h"
#include "widgets/schema_form.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTest>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

std::vector<DeviceInfo> two_devices() {
  DeviceInfo cpu;
  cpu.name = "cpu";
  cpu.description = "a processor with 2 cores";
  cpu.available = true;
  DeviceInfo cuda;
  cuda.name = "cuda";
  cuda.reason = "the CUDA module was not built";
  return {cpu, cuda};
}

struct Shown {
  TrainingForm form;
  SchemaForm* rows = nullptr;
  int edits = 0;

  Shown() {
    form.set_devices(two_devices());
    form.set_experiment(Experiment());
    QObject::connect(&form, &TrainingForm::edited, &form, [this] {
      ++edits;
      form.set_problems(problems(experiment()));
    });
    rows = form.findChild<SchemaForm*>();
    form.resize(360, 620);
    form.show();
    if (!QTest::qWaitForWindowExposed(&form)) qWarning("the form is not shown");
  }

  Experiment experiment() const {
    Experiment e;
    form.apply_to(e);
    return e;
  }
  QLineEdit* line(const char* path) const { return qobject_cast<QLineEdit*>(rows->editor(path)); }
  QComboBox* combo(const char* path) const { return qobject_cast<QComboBox*>(rows->editor(path)); }
  void type(const char* path, const QString& text) const {
    QTest::mouseClick(line(path), Qt::LeftButton);
    QTest::keyClick(line(path), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(line(path), text);
  }
  void choose(const char* path, int index) const {
    QTest::keyClick(combo(path), Qt::Key_Home);
    for (int i = 0; i < index; ++i) QTest::keyClick(combo(path), Qt::Key_Down);
  }
};

}  // namespace

class TrainingFormTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }
  void every_training_field_is_there();
  void typing_reaches_the_experiment();
  void only_its_own_fields_are_written();
  void wrong_values_are_marked();
  void seeds_are_whole_64_bit_numbers();
  void the_schedule_reaches_the_experiment();
  void a_wrong_schedule_is_said_in_the_form();
  void the_schedule_follows_the_number_of_epochs();
  void edits_of_a_run_can_be_removed();
  void devices_that_cannot_be_used_are_disabled();
  void fields_without_effect_are_disabled();
  void setting_an_experiment_emits_nothing();
  void read_only();
  void looks();
};

void TrainingFormTest::every_training_field_is_there() {
  Shown s;
  for (const auto& field : experiment_schema())
    if (field.path.starts_with("training.")) QVERIFY2(s.rows->editor(field.path), field.path.c_str());
  for (const char* path : {"seed", "device", "precision.loss_scaling", "precision.loss_scale",
                           "precision.range_every", "precision.schedule", "precision.edits"})
    QVERIFY2(s.rows->editor(path), path);
}

void TrainingFormTest::typing_reaches_the_experiment() {
  Shown s;
  s.type("training.epochs", QStringLiteral("7"));
  s.type("training.learning_rate", QStringLiteral("2.5e-3"));
  s.type("precision.loss_scale", QStringLiteral("512"));
  s.choose("training.loss", 0);
  s.choose("precision.loss_scaling", 1);
  const auto e = s.experiment();
  QCOMPARE(e.training.epochs, 7);
  QCOMPARE(e.training.learning_rate, 2.5e-3);
  QCOMPARE(e.precision.loss_scale, 512.0);
  QCOMPARE(e.training.loss, std::string("l2"));
  QCOMPARE(e.precision.loss_scaling, std::string("fixed"));
  QVERIFY(s.form.is_valid());
}

void TrainingFormTest::only_its_own_fields_are_written() {
  Shown s;
  Experiment shown;
  shown.name = "shown";
  shown.op.width = 99;
  shown.training.epochs = 3;
  s.form.set_experiment(shown);
  Experiment target;
  target.name = "target";
  target.precision.policy = "mixed";
  Experiment expected = target;
  expected.training.epochs = 3;
  s.form.apply_to(target);
  QCOMPARE(target, expected);
}

void TrainingFormTest::wrong_values_are_marked() {
  Shown s;
  s.type("training.epochs", QStringLiteral("0"));
  QVERIFY(s.rows->problem("training.epochs").contains(QStringLiteral("0 is less than 1")));
  QVERIFY(!s.form.is_valid());
  s.type("training.epochs", QStringLiteral("5"));
  QVERIFY(s.form.is_valid());
  s.type("training.learning_rate", QStringLiteral("0"));
  QVERIFY(!s.rows->problem("training.learning_rate").isEmpty());
  s.type("training.learning_rate", QStringLiteral("fast"));
  QVERIFY(s.rows->problem("training.learning_rate").contains(QStringLiteral("“fast”")));
}

void TrainingFormTest::seeds_are_whole_64_bit_numbers() {
  Shown s;
  s.type("seed", QStringLiteral("18446744073709551615"));
  QCOMPARE(s.experiment().seed, std::uint64_t(18446744073709551615ULL));
  QVERIFY(s.form.is_valid());
  s.type("seed", QStringLiteral("-1"));
  QVERIFY(!s.form.is_valid());
  s.type("seed", QStringLiteral("18446744073709551616"));
  QVERIFY(!s.form.is_valid());
}

void TrainingFormTest::the_schedule_reaches_the_experiment() {
  Shown s;
  QVERIFY(s.experiment().precision.schedule.empty());
  auto* choice = s.form.findChild<QComboBox*>(QStringLiteral("schedule_choice"));
  choice->setFocus();
  QTest::keyClick(choice, Qt::Key_Down);
  QCOMPARE(s.experiment().precision.schedule, paper_schedule());
  QVERIFY(s.edits > 0);
  QTest::keyClick(choice, Qt::Key_Up);
  QVERIFY(s.experiment().precision.schedule.empty());
}

void TrainingFormTest::a_wrong_schedule_is_said_in_the_form() {
  Shown s;
  Experiment e;
  e.precision.schedule = {{0.5, "mixed", {}}, {0.4, "full", {}}};
  s.form.set_experiment(e);
  s.form.set_problems(problems(e));
  QVERIFY(s.rows->problem("precision.schedule").contains(QStringLiteral("add up to 0.9")));
  QVERIFY(!s.form.is_valid());
  QTest::mouseClick(s.form.findChild<QPushButton*>(QStringLiteral("make_add_up")), Qt::LeftButton);
  QVERIFY(s.form.is_valid());
  QCOMPARE(s.experiment().precision.schedule[1].fraction, 0.5);
}

void TrainingFormTest::the_schedule_follows_the_number_of_epochs() {
  Shown s;
  Experiment e;
  e.precision.schedule = paper_schedule();
  s.form.set_experiment(e);
  s.type("training.epochs", QStringLiteral("40"));
  QCOMPARE(s.form.findChild<QLabel*>(QStringLiteral("phase_epochs_1"))->text(), QStringLiteral("11–30"));
}

void TrainingFormTest::edits_of_a_run_can_be_removed() {
  Shown s;
  auto* label = s.form.findChild<QLabel*>(QStringLiteral("edits_label"));
  QVERIFY(!label->isVisible());
  Experiment e;
  e.precision.edits = {{12, "mixed", {}}, {40, "full", {{"block.0", "contraction", "fp16"}}}};
  s.form.set_experiment(e);
  QVERIFY(label->isVisible());
  QVERIFY(label->text().startsWith(QStringLiteral("2 edits")));
  QVERIFY(label->toolTip().contains(QStringLiteral("step 13: mixed")));
  QCOMPARE(s.experiment().precision.edits, e.precision.edits);
  QTest::mouseClick(s.form.findChild<QPushButton*>(QStringLiteral("remove_edits")), Qt::LeftButton);
  QVERIFY(s.experiment().precision.edits.empty());
  QVERIFY(!label->isVisible());
  QCOMPARE(s.edits, 1);
}

void TrainingFormTest::devices_that_cannot_be_used_are_disabled() {
  Shown s;
  auto* box = s.combo("device");
  QCOMPARE(box->count(), 2);
  const auto* model = qobject_cast<QStandardItemModel*>(box->model());
  QVERIFY(model->item(0)->isEnabled());
  QVERIFY(!model->item(1)->isEnabled());
  QCOMPARE(box->itemData(1, Qt::ToolTipRole).toString(), QStringLiteral("the CUDA module was not built"));
  QTest::keyClick(box, Qt::Key_Down);
  QCOMPARE(s.experiment().device, std::string("cpu"));
  Experiment e;
  e.device = "cuda:1";
  s.form.set_experiment(e);
  QCOMPARE(s.experiment().device, std::string("cuda:1"));
  QCOMPARE(box->currentData().toString(), QStringLiteral("cuda:1"));
}

void TrainingFormTest::fields_without_effect_are_disabled() {
  Shown s;
  QVERIFY(!s.rows->editor("training.lr_gamma")->isEnabled());
  s.choose("training.lr_schedule", 0);
  QVERIFY(!s.rows->editor("training.lr_period")->isEnabled());
  s.choose("training.lr_schedule", 1);
  QVERIFY(s.rows->editor("training.lr_gamma")->isEnabled());
  s.choose("precision.loss_scaling", 0);
  QVERIFY(!s.rows->editor("precision.loss_scale")->isEnabled());
}

void TrainingFormTest::setting_an_experiment_emits_nothing() {
  Shown s;
  Experiment e;
  e.training.epochs = 9;
  e.training.lr_schedule = "step";
  e.precision.schedule = paper_schedule();
  e.seed = 5;
  s.form.set_experiment(e);
  s.form.set_devices(two_devices());
  QCOMPARE(s.edits, 0);
  QCOMPARE(s.experiment().training, e.training);
}

void TrainingFormTest::read_only() {
  Shown s;
  s.form.set_read_only(true);
  for (const char* path : {"training.epochs", "device"}) QVERIFY(!s.rows->editor(path)->isEnabled());
  // The phases of the schedule can still be looked at.
  QVERIFY(s.rows->editor("precision.schedule")->isEnabled());
  QVERIFY(!s.form.findChild<QComboBox*>(QStringLiteral("schedule_choice"))->isEnabled());
  s.form.set_read_only(false);
  QVERIFY(s.rows->editor("training.epochs")->isEnabled());
}

void TrainingFormTest::looks() {
  for (const Theme theme : {Theme::light, Theme::dark}) {
    apply_theme(*qApp, theme);
    Shown s;
    Experiment e;
    e.precision.schedule = paper_schedule();
    e.precision.edits = {{12, "mixed", {}}, {40, "bf16", {}}};
    s.form.set_experiment(e);
    s.form.resize(286, 900);
    QTest::qWait(50);
    test::screenshot(s.form, QStringLiteral("training-") + theme_name(theme));
    s.type("training.epochs", QStringLiteral("0"));
    s.type("training.learning_rate", QStringLiteral("fast"));
    QTest::qWait(50);
    test::screenshot(s.form, QStringLiteral("training-wrong-") + theme_name(theme));
  }
}

QTEST_MAIN(TrainingFormTest)
#include "training_form_test.moc"
