#include "widgets/contraction_view.h"

#include "support/window_support.h"
#include "widgets/contraction_table.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QTableWidget>
#include <QTest>
#include <QToolButton>

using namespace halfwave;
using namespace halfwave::widgets;
using halfwave::test::screenshot;
using halfwave::test::show_window;

class ContractionViewTest : public QObject {
  Q_OBJECT

  static void click_form(const ContractionView& view, int id) {
    auto* button = view.findChild<QToolButton*>(QStringLiteral("form_%1").arg(id));
    QVERIFY(button);
    QTest::mouseClick(button, Qt::LeftButton);
  }
  static QTableWidget* steps(const ContractionView& view, PlanStrategy strategy) {
    return view.table(strategy)->table();
  }
  static OperatorSpec layer() {
    OperatorSpec op;
    op.modes = {16, 16};  // 16 × 9 are kept
    op.width = 32;
    return op;
  }

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }

  void every_form_of_a_layer_is_planned() {
    ContractionView view;
    view.set_layer(layer(), 16);
    QVERIFY(show_window(view, {1240, 520}));
    click_form(view, static_cast<int>(WeightForm::dense));
    QCOMPARE(steps(view, PlanStrategy::greedy_memory)->rowCount(), 1);
    QVERIFY(view.facts().contains("one step"));
    QVERIFY(view.facts().contains("147,456"));
    QVERIFY(!view.findChild<QDoubleSpinBox*>("rank")->isEnabled());
    const std::pair<WeightForm, int> rows[] = {
        {WeightForm::cp, 5}, {WeightForm::tucker, 5}, {WeightForm::tensor_train, 4}};
    for (const auto& [form, count] : rows) {
      click_form(view, static_cast<int>(form));
      for (const PlanStrategy strategy : all_plan_strategies)
        QCOMPARE(steps(view, strategy)->rowCount(), count);
      QVERIFY(view.facts().contains("trains with dense weights"));
      QCOMPARE(view.problem(), QString());
    }
    // CP of rank 0.1 has 166 ranks: 166 · (1 + 32 + 32 + 16 + 9) numbers.
    click_form(view, static_cast<int>(WeightForm::cp));
    QVERIFY2(view.facts().contains("Rank 166: 14,940"), qPrintable(view.facts()));
    for (const Theme theme : {Theme::light, Theme::dark}) {
      apply_theme(*qApp, theme);
      click_form(view, static_cast<int>(WeightForm::tucker));
      screenshot(view, QStringLiteral("contraction_") + theme_name(theme));
    }
  }

  void rank_and_format_change_the_table() {
    ContractionView view;
    view.set_layer(layer(), 16);
    QVERIFY(show_window(view, {1240, 520}));
    const QString before = view.facts();
    auto* rank = view.findChild<QDoubleSpinBox*>("rank");
    rank->setFocus();
    QTest::keyClick(rank, Qt::Key_Up);
    QVERIFY(view.facts() != before);
    auto* format = view.findChild<QComboBox*>("format");
    QCOMPARE(format->currentText(), QString("fp16"));
    const QString half = steps(view, PlanStrategy::greedy_memory)->item(4, 4)->text();
    format->setFocus();
    QTest::keyClicks(format, "fp32");
    QCOMPARE(format->currentText(), QString("fp32"));
    // The answer: 16·32·16·9 complex numbers.
    QCOMPARE(half, QString("0.281"));
    QCOMPARE(steps(view, PlanStrategy::greedy_memory)->item(4, 4)->text(), QString("0.563"));
    for (const PlanStrategy strategy : all_plan_strategies) {
      int largest = 0;
      for (int row = 0; row < 5; ++row)
        largest += steps(view, strategy)->item(row, 4)->text().contains("largest");
      QCOMPARE(largest, 1);
    }
  }

  void a_typed_einsum_is_planned_or_refused() {
    ContractionView view;
    QVERIFY(show_window(view, {1240, 520}));
    click_form(view, 4);
    const auto type = [&](const char* field, const char* text) {
      auto* edit = view.findChild<QLineEdit*>(field);
      edit->setFocus();
      edit->selectAll();
      QTest::keyClicks(edit, text);
    };
    QCOMPARE(view.problem(), QString());
    type("expression", "ij,jk,kl->il");
    QVERIFY2(view.problem().contains("has no size"), qPrintable(view.problem()));
    QCOMPARE(steps(view, PlanStrategy::optimal_flops)->rowCount(), 0);
    QVERIFY(view.findChild<QLabel*>("problem")->isVisible());
    type("sizes", "i=2 j=3 k=4 l=5");
    QCOMPARE(view.problem(), QString());
    QCOMPARE(steps(view, PlanStrategy::optimal_flops)->rowCount(), 2);
    // 2·3·4 + 2·4·5 multiply-adds.
    QVERIFY(view.table(PlanStrategy::optimal_flops)->totals().contains("512 FLOP"));
    type("expression", "ii->i");
    QVERIFY(view.problem().contains("twice"));
    type("expression", "");
    QVERIFY(!view.problem().isEmpty());
  }

  void a_table_is_copied_as_markdown() {
    ContractionView view;
    QVERIFY(show_window(view, {1240, 520}));
    QTableWidget* table = steps(view, PlanStrategy::greedy_memory);
    table->setFocus();
    QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
    const QString text = QApplication::clipboard()->text();
    QVERIFY2(text.startsWith("| # | Contracts |"), qPrintable(text));
    QCOMPARE(text.count('\n'), table->rowCount() + 2);
  }

  void modes_that_no_layer_has_are_said() {
    ContractionView view;
    OperatorSpec op = layer();
    op.modes = {};
    view.set_layer(op, 16);
    QVERIFY(!view.problem().isEmpty());
    op.modes = {8, 8, 8, 8};
    view.set_layer(op, 16);
    QVERIFY(!view.problem().isEmpty());
    op.modes = {8};
    view.set_layer(op, 0);
    QVERIFY(!view.problem().isEmpty());
    view.set_layer(op, 4);
    QCOMPARE(view.problem(), QString());
  }
};

QTEST_MAIN(ContractionViewTest)
#include "contraction_view_test.moc"
