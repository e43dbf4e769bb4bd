#include "precision_table_support.h"
#include "widgets/precision_cells.h"
#include "widgets/theme.h"

#include <QLabel>
#include <QPushButton>
#include <QTest>

using namespace halfwave;
using namespace halfwave::test;

class PrecisionTableTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }
  void shows_a_preset();
  void missing_cells_cannot_be_edited();
  void a_click_changes_one_cell();
  void a_row_header_sets_the_row();
  void a_column_header_sets_the_column();
  void stabilizers();
  void presets_set_everything();
  void an_edit_back_is_the_preset_again();
  void keyboard_alone_is_enough();
  void escape_changes_nothing();
  void fp64_is_for_all_cells_or_none();
  void formats_of_later_policies_are_shown();
  void emulated_cells_are_marked();
  void block_rows_come_and_go();
  void nothing_is_cut_off_at_615_pixels();
  void read_only();
  void setting_a_policy_emits_nothing();
  void looks();
};

void PrecisionTableTest::shows_a_preset() {
  Shown s("mixed");
  QCOMPARE(s.view->model()->rowCount(), 6);
  QCOMPARE(s.view->model()->columnCount(), 7);
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed"));
  QVERIFY(s.cell(1, 0).startsWith(QStringLiteral("fp16")));
  QCOMPARE(s.cell(1, 6), QStringLiteral("tanh"));
  QCOMPARE(s.view->model()->headerData(0, Qt::Vertical).toString(), QStringLiteral("lifting"));
  QCOMPARE(s.view->model()->headerData(4, Qt::Vertical).toString(), QStringLiteral("block.3"));
  QVERIFY(!s.table.is_custom());
  QVERIFY(s.presets->toolTip().size() > 10);
}

void PrecisionTableTest::missing_cells_cannot_be_edited() {
  Shown s;
  for (const int row : {0, 5})
    for (const int column : {0, 1, 2, 6}) {
      QCOMPARE(s.cell(row, column), QString());
      QVERIFY(!(s.view->model()->flags(s.view->model()->index(row, column)) & Qt::ItemIsEnabled));
      QVERIFY(!s.click_cell(row, column));
    }
}

void PrecisionTableTest::a_click_changes_one_cell() {
  Shown s("mixed");
  Shown::choose(s.click_cell(2, 1), QStringLiteral("fp32"));
  QCOMPARE(s.edits.size(), std::size_t(1));
  Policy expected = make_policy("mixed", 4);
  expected.layers[2][Stage::contraction] = Format::fp32;
  expected.name = "custom";
  QCOMPARE(s.edits.back(), expected);
  QCOMPARE(s.table.base_preset(), std::string("mixed"));
  QVERIFY(s.table.is_custom());
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed, edited"));
  QCOMPARE(s.cell(2, 1), QStringLiteral("fp32"));
}

void PrecisionTableTest::a_row_header_sets_the_row() {
  Shown s;
  Shown::choose(s.click_header(Qt::Vertical, 2), QStringLiteral("bf16"));
  QCOMPARE(s.edits.size(), std::size_t(1));
  for (const auto stage : all_stages) {
    QCOMPARE(s.table.policy().layers[2][stage], Format::bf16);
    QCOMPARE(s.table.policy().layers[1][stage], Format::fp32);
  }
  QCOMPARE(s.table.policy().layers[2].stabilizer, Stabilizer::none);
}

void PrecisionTableTest::a_column_header_sets_the_column() {
  Shown s;
  Shown::choose(s.click_header(Qt::Horizontal, static_cast<int>(Stage::pointwise)), QStringLiteral("fp16"));
  QCOMPARE(s.edits.size(), std::size_t(1));
  for (const auto& layer : s.table.policy().layers) {
    QCOMPARE(layer[Stage::pointwise], Format::fp16);
    QCOMPARE(layer[Stage::weights], Format::fp32);
  }
  Shown::choose(s.click_header(Qt::Horizontal, 0), QStringLiteral("fp16"));
  QCOMPARE(s.table.policy().layers[1][Stage::forward_transform], Format::fp16);
  QCOMPARE(s.table.policy().layers[0][Stage::forward_transform], Format::fp32);
}

void PrecisionTableTest::stabilizers() {
  Shown s;
  Shown::choose(s.click_header(Qt::Horizontal, stabilizer_column), QStringLiteral("tanh"));
  QCOMPARE(s.table.policy().layers[1].stabilizer, Stabilizer::tanh);
  QCOMPARE(s.table.policy().layers[0].stabilizer, Stabilizer::none);
  Shown::choose(s.click_cell(1, stabilizer_column), QStringLiteral("none"));
  QCOMPARE(s.table.policy().layers[1].stabilizer, Stabilizer::none);
  QCOMPARE(s.table.policy().layers[2].stabilizer, Stabilizer::tanh);
}

void PrecisionTableTest::presets_set_everything() {
  Shown s;
  s.presets->setFocus();
  for (const char* preset : {"amp", "mixed", "naive", "bf16", "tf32", "fp8", "full"}) {
    const int index = s.presets->findData(QString::fromLatin1(preset));
    QTest::keyClick(s.presets, Qt::Key_Home);
    for (int i = 0; i < index; ++i) QTest::keyClick(s.presets, Qt::Key_Down);
    QCOMPARE(s.edits.back(), make_policy(preset, 4));
    QVERIFY(!s.table.is_custom());
  }
}

void PrecisionTableTest::an_edit_back_is_the_preset_again() {
  Shown s("mixed");
  Shown::choose(s.click_cell(1, 0), QStringLiteral("fp32"));
  QCOMPARE(s.edits.back().name, std::string("custom"));
  Shown::choose(s.click_cell(1, 0), QStringLiteral("fp16"));
  QCOMPARE(s.edits.back(), make_policy("mixed", 4));
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed"));
  QCOMPARE(s.presets->count(), static_cast<int>(policy_preset_names().size()));
}

void PrecisionTableTest::keyboard_alone_is_enough() {
  Shown s;
  s.view->setFocus();
  s.view->setCurrentIndex(s.view->model()->index(1, 0));
  QTest::keyClick(s.view, Qt::Key_Right);
  QTest::keyClick(s.view, Qt::Key_Return);
  QTRY_VERIFY(s.menu());
  QTest::keyClick(s.menu(), Qt::Key_Down);
  QTest::keyClick(s.menu(), Qt::Key_Return);
  QTRY_COMPARE(s.edits.size(), std::size_t(1));
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::tf32);

  QTest::keyClick(s.view, Qt::Key_Return, Qt::ShiftModifier);
  QTRY_VERIFY(s.menu());
  for (int i = 0; i < 3; ++i) QTest::keyClick(s.menu(), Qt::Key_Down);
  QTest::keyClick(s.menu(), Qt::Key_Return);
  QTRY_COMPARE(s.edits.size(), std::size_t(2));
  for (const auto stage : all_stages) QCOMPARE(s.table.policy().layers[1][stage], Format::fp16);

  QTest::keyClick(s.view, Qt::Key_Return, Qt::ControlModifier);
  QTRY_VERIFY(s.menu());
  for (int i = 0; i < 3; ++i) QTest::keyClick(s.menu(), Qt::Key_Down);
  QTest::keyClick(s.menu(), Qt::Key_Return);
  QTRY_COMPARE(s.edits.size(), std::size_t(3));
  for (int block = 1; block <= 4; ++block)
    QCOMPARE(s.table.policy().layers[static_cast<std::size_t>(block)][Stage::contraction], Format::fp16);
}

void PrecisionTableTest::escape_changes_nothing() {
  Shown s;
  auto* menu = s.click_cell(1, 1);
  QVERIFY(menu);
  QTest::keyClick(menu, Qt::Key_Escape);
  QTest::qWait(20);
  QVERIFY(!s.menu());
  QVERIFY(s.edits.empty());
}

void PrecisionTableTest::fp64_is_for_all_cells_or_none() {
  Shown s;
  auto* cell_menu = s.click_cell(1, 1);
  const auto* fp64 = action_of(cell_menu, QStringLiteral("fp64"));
  QVERIFY(fp64 && !fp64->isEnabled());
  QVERIFY(fp64->toolTip().contains(QStringLiteral("All cells")));
  cell_menu->close();
  auto* menu = s.table.findChild<QPushButton*>()->menu();
  menu->popup(s.table.mapToGlobal(QPoint(10, 10)));
  QTest::qWait(20);
  Shown::choose(menu, QStringLiteral("fp64"));
  for (std::size_t layer = 0; layer < 6; ++layer)
    for (const auto stage : all_stages)
      if (has_stage(layer, 6, stage)) QCOMPARE(s.table.policy().layers[layer][stage], Format::fp64);
  Shown::choose(s.click_cell(1, 1), QStringLiteral("fp16"));
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::fp16);
  QCOMPARE(s.table.policy().layers[2][Stage::contraction], Format::fp32);
}

void PrecisionTableTest::formats_of_later_policies_are_shown() {
  Shown s;
  Policy policy = make_policy("mixed", 4);
  policy.name = "custom";
  policy.layers[1][Stage::contraction] = Format::fp8_e4m3;
  policy.layers[2][Stage::contraction] = Format::tf32;
  s.table.set_policy(policy);
  QCOMPARE(s.cell(1, 1), QStringLiteral("fp8_e4m3 ≈"));
  QCOMPARE(s.table.base_preset(), std::string("mixed"));
  Shown::choose(s.click_cell(1, 2), QStringLiteral("fp32"));
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::fp8_e4m3);
  QCOMPARE(s.table.policy().layers[2][Stage::contraction], Format::tf32);
}

void PrecisionTableTest::emulated_cells_are_marked() {
  Shown s("mixed");
  const auto* model = s.view->model();
  QCOMPARE(s.cell(1, 0), QStringLiteral("fp16 ≈"));
  QVERIFY(model->index(1, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("Emulated on cpu")));
  // Stored things have the format's bytes everywhere.
  QCOMPARE(s.cell(1, static_cast<int>(Stage::saved_activations)), QStringLiteral("fp16"));
  auto visible_note = [&] {
    for (auto* label : s.table.findChildren<QLabel*>())
      if (label->isVisible() && label->text().contains(QStringLiteral("emulated on cpu"))) return true;
    return false;
  };
  QVERIFY(visible_note());
  s.table.choose_preset(QStringLiteral("bf16"));
  QCOMPARE(s.cell(1, 0), QStringLiteral("bf16"));
  QVERIFY(!visible_note());
  DeviceInfo gpu = processor();
  gpu.name = "cuda";
  gpu.support.assign(all_formats.size(), Support::native);
  s.table.choose_preset(QStringLiteral("mixed"));
  s.table.set_device(gpu);
  QCOMPARE(s.cell(1, 0), QStringLiteral("fp16"));
  QVERIFY(!visible_note());
}

void PrecisionTableTest::block_rows_come_and_go() {
  Shown s("mixed");
  s.table.choose_format(1, Stage::contraction, Format::fp32);
  const auto count = s.edits.size();
  s.table.set_blocks(6);
  QCOMPARE(s.view->model()->rowCount(), 8);
  QCOMPARE(s.table.policy().layers[1][Stage::contraction], Format::fp32);
  QCOMPARE(s.table.policy().layers[6], make_policy("mixed", 6).layers[6]);
  s.table.set_blocks(1);
  QCOMPARE(s.table.blocks(), 1);
  QCOMPARE(s.table.policy().layers.size(), std::size_t(3));
  QCOMPARE(s.edits.size(), count);
  QVERIFY(s.table.is_custom());
}

void PrecisionTableTest::nothing_is_cut_off_at_615_pixels() {
  Shown s("mixed");
  s.table.choose_preset(QStringLiteral("fp8"));
  Shown::choose(s.click_cell(1, stabilizer_column), QStringLiteral("hard clip"));
  s.table.resize(615, 340);
  QTest::qWait(50);
  QVERIFY(s.table.minimumSizeHint().width() <= 615);
  for (const auto* button : s.table.findChildren<QAbstractButton*>()) {
    if (!button->isVisible() || button->text().isEmpty()) continue;
    QVERIFY2(button->width() >= button->minimumSizeHint().width(), qPrintable(button->text()));
    const QRect placed(button->mapTo(&s.table, QPoint()), button->size());
    QVERIFY2(s.table.rect().contains(placed), qPrintable(button->text()));
  }
  QVERIFY(s.presets->width() >= s.presets->fontMetrics().horizontalAdvance(s.presets->currentText()) + 24);
  const QFontMetrics metrics(s.view->font());
  for (int column = 0; column < policy_columns; ++column)
    QVERIFY(s.view->columnWidth(column) >= PolicyDelegate::least_width(metrics, s.cell(1, column)));
  int width = s.view->verticalHeader()->width();
  for (int column = 0; column < policy_columns; ++column) width += s.view->columnWidth(column);
  QVERIFY2(width <= s.view->width(), qPrintable(QString::number(width)));
}

void PrecisionTableTest::read_only() {
  Shown s;
  s.table.set_read_only(true);
  QVERIFY(!s.click_cell(1, 1));
  QVERIFY(!s.click_header(Qt::Vertical, 1));
  QVERIFY(!s.presets->isEnabled());
  s.table.set_read_only(false);
  QVERIFY(s.click_cell(1, 1));
}

void PrecisionTableTest::setting_a_policy_emits_nothing() {
  Shown s;
  s.table.set_policy(make_policy("amp", 4));
  s.table.set_policy(make_policy("amp", 4), "mixed");
  QCOMPARE(s.presets->currentText(), QStringLiteral("mixed, edited"));
  s.table.set_half(Format::bf16);
  QVERIFY(s.edits.empty());
}

void PrecisionTableTest::looks() {
  for (const Theme theme : {Theme::light, Theme::dark}) {
    apply_theme(*qApp, theme);
    Shown s("mixed");
    s.table.choose_format(2, Stage::contraction, Format::fp32);
    s.table.choose_format(3, Stage::pointwise, Format::bf16);
    s.view->setFocus();
    s.view->setCurrentIndex(s.view->model()->index(2, 1));
    s.table.choose_format(1, Stage::contraction, Format::fp8_e4m3);
    s.table.choose_format(4, Stage::contraction, Format::tf32);
    s.table.choose_format(4, Stage::forward_transform, Format::fp8_e5m2);
    s.table.resize(615, 330);
    QTest::qWait(50);
    test::screenshot(s.table, QStringLiteral("precision-") + theme_name(theme));
    auto* menu = s.click_cell(2, 1);
    test::screenshot(*menu, QStringLiteral("precision-menu-") + theme_name(theme));
    menu->close();
    s.table.resize(480, 330);
    QTest::qWait(50);
    test::screenshot(s.table, QStringLiteral("precision-narrow-") + theme_name(theme));
  }
}

QTEST_MAIN(PrecisionTableTest)
#include "precision_table_test.moc"
