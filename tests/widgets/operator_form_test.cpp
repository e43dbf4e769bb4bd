#include "widgets/operator_form.h"

#include "support/window_support.h"
#include "widgets/schema_form.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

/// A form on the screen, checked after every edit as a window does it.
struct Shown {
  OperatorForm form;
  SchemaForm* rows = nullptr;
  int edits = 0;

  Shown() {
    form.set_channels(1, 1);
    form.set_spec(OperatorSpec());
    QObject::connect(&form, &OperatorForm::edited, &form, [this] {
      ++edits;
      Experiment e;
      e.op = form.spec();
      form.set_problems(problems(e));
    });
    rows = form.findChild<SchemaForm*>();
    form.resize(360, 520);
    form.show();
    if (!QTest::qWaitForWindowExposed(&form)) qWarning("the form is not shown");
  }

  QLineEdit* line(const char* path) const { return qobject_cast<QLineEdit*>(rows->editor(path)); }
  QComboBox* combo(const char* path) const { return qobject_cast<QComboBox*>(rows->editor(path)); }

  void type(const char* path, const QString& text) const {
    auto* edit = line(path);
    QTest::mouseClick(edit, Qt::LeftButton);
    QTest::keyClick(edit, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(edit, text);
  }

  /// The sentence a person sees beneath the field.
  QString seen(const char* path) const {
    const QString problem = rows->problem(path);
    for (auto* label : rows->findChildren<QLabel*>())
      if (label->isVisible() && label->text() == problem &&
          label->property("role") == QStringLiteral("problem"))
        return problem;
    return {};
  }

  QString count() const { return form.findChild<QLabel*>(QStringLiteral("parameter_count"))->text(); }
};

}  // namespace

class OperatorFormTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }
  void every_field_has_label_tip_and_name();
  void typing_reaches_the_spec();
  void lists_are_read_as_people_write_them();
  void a_wrong_value_is_marked_while_typed();
  void text_that_is_no_number_is_marked();
  void choices_and_boxes();
  void fields_without_effect_are_disabled();
  void the_number_of_parameters_is_shown();
  void setting_a_spec_emits_nothing_and_clears_marks();
  void the_echo_of_an_edit_leaves_the_text_alone();
  void arrow_keys_count();
  void tab_goes_through_the_fields();
  void read_only();
  void looks();
};

void OperatorFormTest::every_field_has_label_tip_and_name() {
  Shown s;
  for (const auto& field : experiment_schema()) {
    if (!field.path.starts_with("operator.")) continue;
    auto* editor = s.rows->editor(field.path);
    QVERIFY2(editor, field.path.c_str());
    QVERIFY(editor->toolTip().contains(QString::fromStdString(field.help)));
    QVERIFY(editor->accessibleName().startsWith(QString::fromStdString(field.label)));
    bool labelled = false;
    for (auto* label : s.rows->findChildren<QLabel*>()) labelled = labelled || label->buddy() == editor;
    QVERIFY(labelled);
  }
}

void OperatorFormTest::typing_reaches_the_spec() {
  Shown s;
  s.type("operator.width", QStringLiteral("48"));
  s.type("operator.lifting_ratio", QStringLiteral("1.5"));
  s.type("operator.modes", QStringLiteral("12, 10"));
  const auto spec = s.form.spec();
  QCOMPARE(spec.width, 48);
  QCOMPARE(spec.lifting_ratio, 1.5);
  QCOMPARE(spec.modes, (std::vector<int>{12, 10}));
  QVERIFY(s.edits >= 3);
  QVERIFY(s.form.is_valid());
}

void OperatorFormTest::lists_are_read_as_people_write_them() {
  Shown s;
  for (const char* text : {"8 x 6", "8,6", "[8, 6]", " 8  6 ", "8×6", "8; 6"}) {
    s.line("operator.modes")->setText(QString::fromUtf8(text));
    Q_EMIT s.line("operator.modes")->textEdited(QString::fromUtf8(text));
    QCOMPARE(s.form.spec().modes, (std::vector<int>{8, 6}));
  }
}

void OperatorFormTest::a_wrong_value_is_marked_while_typed() {
  Shown s;
  s.type("operator.modes", QStringLiteral("16, 80"));
  const QString problem = s.seen("operator.modes");
  QVERIFY2(problem.startsWith(QStringLiteral("axis 2: 80 is more than 64")), qPrintable(problem));
  QVERIFY(!s.form.is_valid());
  QCOMPARE(s.line("operator.modes")->property("problem").toBool(), true);
  QCOMPARE(s.line("operator.modes")->accessibleDescription(), problem);
  s.type("operator.modes", QStringLiteral("16, 16"));
  QCOMPARE(s.rows->problem("operator.modes"), QString());
  QCOMPARE(s.line("operator.modes")->property("problem").toBool(), false);
  QVERIFY(s.form.is_valid());

  s.type("operator.layers", QStringLiteral("0"));
  QVERIFY(s.seen("operator.layers").contains(QStringLiteral("0 is less than 1")));
}

void OperatorFormTest::text_that_is_no_number_is_marked() {
  Shown s;
  s.type("operator.width", QStringLiteral("3a"));
  QVERIFY2(s.seen("operator.width").contains(QStringLiteral("is not a whole number")),
           qPrintable(s.seen("operator.width")));
  QCOMPARE(s.form.spec().width, 3);  // the last text that was a number
  QVERIFY(!s.form.is_valid());
  auto* edit = s.line("operator.width");
  edit->clear();
  Q_EMIT edit->textEdited({});
  QVERIFY(s.seen("operator.width").contains(QStringLiteral("nothing is typed")));
  s.type("operator.lifting_ratio", QStringLiteral("1e"));
  QVERIFY(!s.seen("operator.lifting_ratio").isEmpty());
  s.type("operator.lifting_ratio", QStringLiteral("inf"));
  QVERIFY(!s.seen("operator.lifting_ratio").isEmpty());
  s.type("operator.modes", QStringLiteral("8, y"));
  QVERIFY(s.seen("operator.modes").contains(QStringLiteral("“y”")));
  s.type("operator.width", QStringLiteral("99999999999999"));
  QVERIFY(!s.seen("operator.width").isEmpty());
}

void OperatorFormTest::choices_and_boxes() {
  Shown s;
  s.combo("operator.engine")->setFocus();
  QTest::keyClick(s.combo("operator.engine"), Qt::Key_Home);
  QCOMPARE(s.form.spec().engine, std::string("fft"));
  auto* box = qobject_cast<QCheckBox*>(s.rows->editor("operator.grid_embedding"));
  QTest::keyClick(box, Qt::Key_Space);
  QCOMPARE(s.form.spec().grid_embedding, false);
  QCOMPARE(s.edits, 2);
}

void OperatorFormTest::fields_without_effect_are_disabled() {
  Shown s;
  QTest::keyClick(s.rows->editor("operator.channel_mlp"), Qt::Key_Space);
  QVERIFY(!s.rows->editor("operator.channel_mlp_expansion")->isEnabled());
  QVERIFY(!s.rows->editor("operator.channel_mlp_skip")->isEnabled());
  QTest::keyClick(s.rows->editor("operator.channel_mlp"), Qt::Key_Space);
  QVERIFY(s.rows->editor("operator.channel_mlp_expansion")->isEnabled());
}

void OperatorFormTest::the_number_of_parameters_is_shown() {
  Shown s;
  OperatorSpec spec;
  spec.modes = {8, 8};
  spec.width = 24;
  s.form.set_spec(spec);
  QCOMPARE(s.count(), QStringLiteral("191 881 parameters")
                          .replace(QStringLiteral("191 "), QStringLiteral("191") + QChar(0x2009)));
  s.type("operator.modes", QStringLiteral("8, 4"));
  QVERIFY(!s.count().startsWith(QStringLiteral("191")));
  s.form.set_channels(3, 1);
  const QString three = s.count();
  s.form.set_channels(1, 1);
  QVERIFY(three != s.count());
}

void OperatorFormTest::setting_a_spec_emits_nothing_and_clears_marks() {
  Shown s;
  s.type("operator.width", QStringLiteral("x"));
  const int edits = s.edits;
  OperatorSpec spec;
  spec.width = 20;
  spec.engine = "fft";
  spec.channel_mlp = false;
  s.form.set_spec(spec);
  QCOMPARE(s.edits, edits);
  QCOMPARE(s.form.spec(), spec);
  QVERIFY(s.form.is_valid());
  QCOMPARE(s.line("operator.width")->text(), QStringLiteral("20"));
}

void OperatorFormTest::the_echo_of_an_edit_leaves_the_text_alone() {
  Shown s;
  QObject::connect(&s.form, &OperatorForm::edited, &s.form, [&s] { s.form.set_spec(s.form.spec()); });
  s.type("operator.modes", QStringLiteral("12 x 8"));
  QCOMPARE(s.line("operator.modes")->text(), QStringLiteral("12 x 8"));
  QCOMPARE(s.form.spec().modes, (std::vector<int>{12, 8}));
  s.type("operator.lifting_ratio", QStringLiteral("1.50"));
  QCOMPARE(s.line("operator.lifting_ratio")->text(), QStringLiteral("1.50"));
}

void OperatorFormTest::arrow_keys_count() {
  Shown s;
  s.line("operator.layers")->setFocus();
  QTest::keyClick(s.line("operator.layers"), Qt::Key_Up);
  QCOMPARE(s.form.spec().layers, 5);
  QTest::keyClick(s.line("operator.layers"), Qt::Key_Down);
  QTest::keyClick(s.line("operator.layers"), Qt::Key_Down);
  QCOMPARE(s.form.spec().layers, 3);
}

void OperatorFormTest::tab_goes_through_the_fields() {
  Shown s;
  s.form.activateWindow();
  QVERIFY(QTest::qWaitForWindowActive(&s.form));
  s.rows->editor("operator.type")->setFocus();
  for (const char* path :
       {"operator.modes", "operator.width", "operator.layers", "operator.engine", "operator.skip"}) {
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), s.rows->editor(path));
  }
}

void OperatorFormTest::read_only() {
  Shown s;
  s.form.set_read_only(true);
  QVERIFY(!s.line("operator.width")->isEnabled());
  s.form.set_read_only(false);
  QVERIFY(s.line("operator.width")->isEnabled());
}

void OperatorFormTest::looks() {
  for (const Theme theme : {Theme::light, Theme::dark}) {
    apply_theme(*qApp, theme);
    Shown s;
    s.form.resize(320, 480);
    QTest::qWait(50);
    test::screenshot(s.form, QStringLiteral("operator-") + theme_name(theme));
    s.type("operator.modes", QStringLiteral("16, 80"));
    s.type("operator.width", QStringLiteral("wide"));
    QTest::qWait(50);
    test::screenshot(s.form, QStringLiteral("operator-wrong-") + theme_name(theme));
  }
}

QTEST_MAIN(OperatorFormTest)
#include "operator_form_test.moc"
