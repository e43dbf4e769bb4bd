#include "widgets/schedule_editor.h"

#include "support/window_support.h"
#include "widgets/schedule_math.h"
#include "widgets/schedule_strip.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include <cmath>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

constexpr int epochs = 20;

/// An editor on the screen, and the means of a person to work with it.
struct Shown {
  ScheduleEditor editor;
  QSignalSpy edits{&editor, &ScheduleEditor::edited};
  QSignalSpy selections{&editor, &ScheduleEditor::phase_selected};
  ScheduleStrip* strip = nullptr;

  explicit Shown(const std::vector<SchedulePhase>& phases = paper_schedule()) {
    editor.set_epochs(epochs);
    editor.set_schedule(phases);
    editor.resize(270, 260);
    editor.show();
    strip = editor.findChild<ScheduleStrip*>();
    if (!QTest::qWaitForWindowExposed(&editor)) qWarning("the editor is not shown");
  }

  template <typename Widget>
  Widget* find(const QString& name) const {
    return editor.findChild<Widget*>(name);
  }
  void click(const char* name) const {
    QTest::mouseClick(find<QAbstractButton>(QLatin1String(name)), Qt::LeftButton);
  }
  void type_share(int phase, const QString& text) const {
    auto* edit = find<QLineEdit>(QStringLiteral("phase_share_%1").arg(phase));
    QTest::mouseClick(edit, Qt::LeftButton);
    QTest::keyClick(edit, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClicks(edit, text);
  }
  static void choose(QComboBox* box, int index) {
    QTest::keyClick(box, Qt::Key_Home);
    for (int i = 0; i < index; ++i) QTest::keyClick(box, Qt::Key_Down);
  }
  std::vector<double> shares() const {
    std::vector<double> list;
    for (const auto& phase : editor.schedule()) list.push_back(phase.fraction);
    return list;
  }
  QString epochs_of(int phase) const {
    return find<QLabel>(QStringLiteral("phase_epochs_%1").arg(phase))->text();
  }
  void drag(int from, int to) const {
    const int middle = strip->height() / 2;
    QTest::mousePress(strip, Qt::LeftButton, {}, QPoint(from, middle));
    for (int i = 1; i <= 8; ++i) {
      // QTest::mouseMove carries no pressed button.
      const QPointF at(from + (to - from) * i / 8.0, middle);
      QMouseEvent move(QEvent::MouseMove, at, strip->mapToGlobal(at), Qt::NoButton, Qt::LeftButton, {});
      QApplication::sendEvent(strip, &move);
    }
    QTest::mouseRelease(strip, Qt::LeftButton, {}, QPoint(to, middle));
  }
};

bool near(const std::vector<double>& is, const std::vector<double>& should) {
  if (is.size() != should.size()) return false;
  for (std::size_t i = 0; i < is.size(); ++i)
    if (std::abs(is[i] - should[i]) > 1e-6) return false;
  return true;
}

}  // namespace

class ScheduleEditorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }

  void epochs_are_those_of_the_trainer() {
    const std::vector<SchedulePhase> odd = {
        {0.1, "mixed", {}}, {0.2, "amp", {}}, {0.37, "bf16", {}}, {0.33, "full", {}}};
    for (const auto& phases : {paper_schedule(), odd})
      for (const int count : {1, 2, 3, 7, 20, 33, 100}) {
        const auto bounds = phase_bounds(phases, count);
        for (int epoch = 0; epoch < count; ++epoch) {
          const auto phase = phase_at(phases, epoch, count);
          QVERIFY(epoch >= bounds[phase] && epoch < bounds[phase + 1]);
        }
      }
  }

  void shows_the_papers_phases_with_their_epochs() {
    Shown s;
    QCOMPARE(s.epochs_of(0), QStringLiteral("1–5"));
    QCOMPARE(s.epochs_of(1), QStringLiteral("6–15"));
    QCOMPARE(s.epochs_of(2), QStringLiteral("16–20"));
    QCOMPARE(s.find<QComboBox>("phase_policy_1")->currentText(), QStringLiteral("amp, edited"));
    QCOMPARE(s.find<QComboBox>("schedule_choice")->currentText(), QStringLiteral("paper (25/50/25)"));
    QCOMPARE(s.find<QLabel>("schedule_sum")->text(), QStringLiteral("sum 100 %"));
    QVERIFY(!s.find<QPushButton>("make_add_up")->isVisible());
    s.editor.set_epochs(8);
    QCOMPARE(s.epochs_of(0), QStringLiteral("1–2"));
    QCOMPARE(s.edits.count(), 0);
  }

  void presets_of_whole_schedules() {
    Shown s(std::vector<SchedulePhase>{});
    QVERIFY(!s.strip->isVisible());
    auto* choice = s.find<QComboBox>("schedule_choice");
    choice->setFocus();
    Shown::choose(choice, 1);
    QCOMPARE(s.editor.schedule(), paper_schedule());
    QVERIFY(s.strip->isVisible());
    Shown::choose(choice, 0);
    QVERIFY(s.editor.schedule().empty());
    s.editor.set_constant("bf16", {{"block.0", "contraction", "fp32"}});
    Shown::choose(choice, 2);
    const std::vector<SchedulePhase> own = {{1.0, "bf16", {{"block.0", "contraction", "fp32"}}}};
    // On its way the choice passed the paper's schedule.
    QVERIFY(s.editor.schedule() == own || s.editor.schedule() == paper_schedule());
  }

  void a_schedule_of_its_own_comes_back() {
    const std::vector<SchedulePhase> own = {{0.5, "mixed", {}}, {0.5, "full", {}}};
    Shown s(own);
    auto* choice = s.find<QComboBox>("schedule_choice");
    QCOMPARE(choice->currentText(), QStringLiteral("of its own, 2 phases"));
    choice->setFocus();
    Shown::choose(choice, 1);
    QCOMPARE(s.editor.schedule(), paper_schedule());
    Shown::choose(choice, 2);
    QCOMPARE(s.editor.schedule(), own);
  }

  void dragging_an_edge_moves_whole_epochs() {
    Shown s;
    const int from = s.strip->boundary_x(0);
    const double epoch = (s.strip->boundary_x(2) - 2) / static_cast<double>(epochs);
    s.drag(from, from + static_cast<int>(std::lround(3.2 * epoch)));
    QVERIFY(near(s.shares(), {0.40, 0.35, 0.25}));
    QCOMPARE(s.epochs_of(0), QStringLiteral("1–8"));
    QVERIFY(s.edits.count() > 0);
    QVERIFY(adds_up(s.editor.schedule()));
    // It cannot be dragged over its neighbour.
    s.drag(s.strip->boundary_x(0), s.strip->width());
    QVERIFY(s.shares()[1] > 0);
    QVERIFY(adds_up(s.editor.schedule()));
  }

  void a_click_on_the_bar_selects() {
    Shown s;
    const int x = (s.strip->boundary_x(0) + s.strip->boundary_x(1)) / 2;
    QTest::mouseClick(s.strip, Qt::LeftButton, {}, QPoint(x, 10));
    QCOMPARE(s.editor.selected(), 1);
    QCOMPARE(s.selections.count(), 1);
    QVERIFY(s.find<QToolButton>("phase_number_1")->isChecked());
    s.click("phase_number_2");
    QCOMPARE(s.editor.selected(), 2);
    QCOMPARE(s.edits.count(), 0);
  }

  void keys_alone_are_enough() {
    Shown s;
    s.strip->setFocus();
    QTest::keyClick(s.strip, Qt::Key_Right);
    QCOMPARE(s.editor.selected(), 1);
    QTest::keyClick(s.strip, Qt::Key_Left);
    QCOMPARE(s.editor.selected(), 0);
    QTest::keyClick(s.strip, Qt::Key_Right, Qt::ControlModifier);
    QVERIFY(near(s.shares(), {0.30, 0.45, 0.25}));
    QTest::keyClick(s.strip, Qt::Key_Left, Qt::ControlModifier);
    QTest::keyClick(s.strip, Qt::Key_Left, Qt::ControlModifier);
    QVERIFY(near(s.shares(), {0.20, 0.55, 0.25}));
    auto* policy = s.find<QComboBox>("phase_policy_0");
    policy->setFocus();
    QTest::keyClick(policy, Qt::Key_End);
    QCOMPARE(s.editor.schedule()[0].preset, std::string("fp8"));
  }

  void typed_shares_that_do_not_add_up_are_mended_by_one_click() {
    Shown s;
    s.type_share(0, QStringLiteral("30"));
    QVERIFY(near(s.shares(), {0.30, 0.50, 0.25}));
    QCOMPARE(s.find<QLabel>("schedule_sum")->text(), QStringLiteral("sum 105 %"));
    auto* mend = s.find<QPushButton>("make_add_up");
    QVERIFY(mend->isVisible());
    s.click("make_add_up");
    QVERIFY(near(s.shares(), {0.30, 0.45, 0.25}));
    QVERIFY(!mend->isVisible());
    s.type_share(1, QStringLiteral("90"));
    s.click("make_add_up");
    QVERIFY(near({s.shares()[1]}, {0.90}));
    QVERIFY(adds_up(s.editor.schedule()));
    for (const double share : s.shares()) QVERIFY(share > 0);
  }

  void what_is_no_share_is_marked() {
    Shown s;
    s.type_share(1, QStringLiteral("half"));
    QVERIFY(!s.editor.is_valid());
    QVERIFY(s.find<QLineEdit>("phase_share_1")->toolTip().contains(QStringLiteral("“half”")));
    QVERIFY(near(s.shares(), {0.25, 0.5, 0.25}));
    s.type_share(1, QStringLiteral("50 %"));
    QVERIFY(s.editor.is_valid());
  }

  void phases_are_added_moved_and_removed() {
    Shown s;
    s.click("phase_number_1");
    s.click("add_phase");
    QCOMPARE(s.editor.schedule().size(), std::size_t(4));
    QVERIFY(near(s.shares(), {0.25, 0.25, 0.25, 0.25}));
    QCOMPARE(s.editor.selected(), 2);
    QCOMPARE(s.editor.schedule()[2].preset, std::string("full"));
    s.click("phase_up");
    QCOMPARE(s.editor.schedule()[1].preset, std::string("full"));
    QCOMPARE(s.editor.schedule()[2].preset, std::string("amp"));
    QCOMPARE(s.editor.selected(), 1);
    s.click("phase_down");
    QCOMPARE(s.editor.schedule()[1].preset, std::string("amp"));
    s.click("phase_remove_2");
    QTRY_COMPARE(s.editor.schedule(), paper_schedule());
    for (int i = 0; i < 3; ++i) {
      s.click("phase_remove_0");
      QTRY_COMPARE(s.editor.schedule().size(), std::size_t(2 - i));
      QVERIFY(adds_up(s.editor.schedule()));
    }
    QCOMPARE(s.find<QComboBox>("schedule_choice")->currentText(), QStringLiteral("none: one policy"));
  }

  void cells_of_a_phase_are_kept_until_another_policy_is_chosen() {
    Shown s;
    s.type_share(1, QStringLiteral("40"));
    QCOMPARE(s.editor.schedule()[1].overrides, paper_schedule()[1].overrides);
    auto* policy = s.find<QComboBox>("phase_policy_1");
    policy->setFocus();
    Shown::choose(policy, 2);
    QCOMPARE(s.editor.schedule()[1].preset, std::string("mixed"));
    QVERIFY(s.editor.schedule()[1].overrides.empty());
    QCOMPARE(policy->currentText(), QStringLiteral("mixed"));
  }

  void read_only() {
    Shown s;
    s.editor.set_read_only(true);
    s.drag(s.strip->boundary_x(0), s.strip->boundary_x(0) + 40);
    QCOMPARE(s.editor.schedule(), paper_schedule());
    QVERIFY(!s.find<QLineEdit>("phase_share_0")->isEnabled());
    QVERIFY(!s.find<QComboBox>("schedule_choice")->isEnabled());
    s.click("phase_number_1");
    QCOMPARE(s.editor.selected(), 1);
    QCOMPARE(s.edits.count(), 0);
  }

  void nothing_is_cut_off() {
    Shown s;
    s.type_share(1, QStringLiteral("33.35"));
    QVERIFY2(s.editor.minimumSizeHint().width() <= 262,
             qPrintable(QString::number(s.editor.minimumSizeHint().width())));
    for (const Theme theme : {Theme::light, Theme::dark}) {
      apply_theme(*qApp, theme);
      QTest::qWait(50);
      test::screenshot(s.editor, QStringLiteral("schedule-editor-") + theme_name(theme));
    }
  }
};

QTEST_MAIN(ScheduleEditorTest)
#include "schedule_editor_test.moc"
