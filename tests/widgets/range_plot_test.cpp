#include "widgets/range_plot.h"

#include "support/window_support.h"
#include "widgets/range_detail.h"
#include "widgets/range_overview.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QComboBox>
#include <QScrollBar>
#include <QTest>
#include <QToolButton>

#include <algorithm>
#include <cmath>

using namespace halfwave;
using namespace halfwave::widgets;

namespace {

/// Values whose exponents lie like a normal distribution.
StageRange spread(std::size_t layer, Stage stage, bool backward, Format format, double centre, double width) {
  StageRange range;
  range.layer = layer;
  range.stage = stage;
  range.backward = backward;
  range.format = format;
  RangeHistogram& h = range.histogram;
  const FormatFacts& f = facts(format);
  for (int e = -60; e <= f.max_exponent && e <= 60; ++e) {
    const double d = (e - centre) / width;
    const auto count = static_cast<std::uint32_t>(std::lround(40'000 * std::exp(-d * d / 2) / width / 2.5));
    h.bins[static_cast<std::size_t>(e - RangeHistogram::lowest_exponent)] = count;
    h.counted += count;
    if (e < f.min_exponent) h.subnormal += count;
  }
  return range;
}

RangeEvent event_of(int blocks, std::int64_t step = 0) {
  RangeEvent event;
  event.step = step;
  event.epoch = static_cast<int>(step / 10);
  const auto layers = static_cast<std::size_t>(blocks) + 2;
  for (std::size_t layer = 0; layer < layers; ++layer)
    event.stages.push_back(spread(layer, Stage::weights, false, Format::fp32, -4, 1.6));
  for (const bool backward : {false, true})
    for (std::size_t layer = 0; layer < layers; ++layer) {
      const double shift = backward ? -9 : 0;
      if (has_stage(layer, layers, Stage::contraction)) {
        const auto row = static_cast<double>(layer);
        event.stages.push_back(
            spread(layer, Stage::forward_transform, backward, Format::fp16, -7 + row / 2 + shift, 3));
        event.stages.push_back(spread(layer, Stage::contraction, backward, Format::fp16, -10 + shift, 3.5));
        event.stages.push_back(spread(layer, Stage::inverse_transform, backward, Format::fp16,
                                      backward ? -12 : 6 + 1.2 * row, 2));
      }
      event.stages.push_back(spread(layer, Stage::pointwise, backward, Format::bf16, -1 + shift, 2.5));
      event.stages.back().histogram.zeros = event.stages.back().histogram.counted / 5;
      event.stages.back().histogram.counted += event.stages.back().histogram.zeros;
    }
  return event;
}

RangeEvent overflow_in(std::size_t layer, Stage stage, bool backward = false) {
  RangeEvent event = event_of(4, 31);
  const auto found = std::find_if(event.stages.begin(), event.stages.end(), [&](const StageRange& range) {
    return key_of(range) == RangeKey{layer, stage, backward};
  });
  found->histogram.infinite = 321;
  found->histogram.nan = 12;
  found->histogram.counted += 333;
  event.stages.erase(found + 1, event.stages.end());
  event.fault = true;
  return event;
}

void show(QWidget& widget, QSize size) {
  widget.resize(size);
  widget.show();
  QVERIFY(QTest::qWaitForWindowExposed(&widget));
  QTest::qWait(120);
}

void click_row(RangePlot& plot, std::size_t row) {
  QTest::mouseClick(plot.overview()->viewport(), Qt::LeftButton, {}, plot.overview()->row_rect(row).center());
}

void press(RangePlot& plot, const char* name) {
  QTest::mouseClick(plot.findChild<QToolButton*>(name), Qt::LeftButton);
  QTest::qWait(20);
}

RangeHistogram histogram(std::initializer_list<std::pair<int, std::uint32_t>> bins) {
  RangeHistogram h;
  for (const auto& [exponent, count] : bins) {
    h.bins[static_cast<std::size_t>(exponent - RangeHistogram::lowest_exponent)] = count;
    h.counted += count;
  }
  return h;
}

}  // namespace

class RangePlotTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { apply_theme(*qApp, Theme::light); }

  void headroom_is_said_in_bits() {
    StageRange range;
    range.format = Format::fp16;
    range.histogram = histogram({{9, 4}, {-2, 4}});
    QCOMPARE(headroom_text(range), QStringLiteral("+6 bits"));
    QCOMPARE(state_of(range), RangeState::fine);
    range.histogram = histogram({{13, 4}});
    QCOMPARE(headroom_text(range), QStringLiteral("+2 bits"));
    QCOMPARE(state_of(range), RangeState::near);
    range.histogram = histogram({{14, 4}});
    QCOMPARE(headroom_text(range), QStringLiteral("+1 bit"));
    range.histogram.infinite = 1;
    QCOMPARE(headroom_text(range), QStringLiteral("overflow"));
    range.histogram = {};
    QCOMPARE(state_of(range), RangeState::nothing);
    range.format = Format::fp8_e4m3;
    range.histogram = histogram({{8, 4}});
    range.histogram.saturated = 2;
    QCOMPARE(headroom_text(range), QStringLiteral("saturated"));
    QCOMPARE(state_of(range), RangeState::saturated);
  }

  void shares_and_powers_are_written_for_people() {
    QCOMPARE(share_text(0, 10), QStringLiteral("0"));
    QCOMPARE(share_text(1, 4), QStringLiteral("25 %"));
    QCOMPARE(share_text(1, 200), QStringLiteral("0.5 %"));
    QCOMPARE(share_text(1, 2000), QStringLiteral("0.05 %"));
    QCOMPARE(share_text(1, 2'000'000), QStringLiteral("< 0.01 %"));
    QCOMPARE(power_of_two(-14), QStringLiteral("2⁻¹⁴"));
  }

  void the_axis_holds_all_values_and_narrow_bands() {
    StageRange range;
    range.format = Format::fp16;
    range.histogram = histogram({{-33, 1}, {3, 1}});
    const ExponentSpan span = span_of({range});
    QVERIFY(span.low <= -33 && span.high >= 17);
    range.format = Format::fp32;
    QVERIFY(span_of({range}).high < 17);
    for (const int tick : exponent_ticks(span, 200, 44)) QCOMPARE(tick % 4, 0);
  }

  void rows_come_in_the_order_of_the_table() {
    RangePlot plot;
    plot.add(event_of(2));
    show(plot, {420, 370});
    QCOMPARE(plot.filter(), RangeFilter::values);
    const auto& rows = plot.overview()->rows();
    QCOMPARE(rows.size(), std::size_t{2 * 2 + 2 * 5});
    for (std::size_t i = 1; i < rows.size(); ++i)
      QVERIFY(rows[i - 1].layer < rows[i].layer ||
              (rows[i - 1].layer == rows[i].layer && rows[i - 1].stage < rows[i].stage));
    auto* layers = plot.findChild<QComboBox*>("range_layer");
    QCOMPARE(layers->count(), 1 + 4);
    QCOMPARE(layers->itemText(2), QStringLiteral("block.0"));
    QCOMPARE(layers->itemText(4), QStringLiteral("projection"));
  }

  void filters_choose_rows() {
    RangePlot plot;
    plot.add(event_of(2));
    show(plot, {420, 370});
    press(plot, "range_gradients");
    for (const StageRange& range : plot.overview()->rows()) QVERIFY(range.backward);
    press(plot, "range_both");
    QCOMPARE(plot.overview()->rows().size(), event_of(2).stages.size());
    auto* layers = plot.findChild<QComboBox*>("range_layer");
    layers->setFocus();
    QTest::keyClick(layers, Qt::Key_Down);
    QTest::keyClick(layers, Qt::Key_Down);
    QCOMPARE(layers->currentText(), QStringLiteral("block.0"));
    QCOMPARE(plot.overview()->rows().size(), std::size_t{9});
    for (const StageRange& range : plot.overview()->rows()) QCOMPARE(range.layer, std::size_t{1});
  }

  void a_click_shows_the_histogram_below() {
    RangePlot plot;
    plot.add(event_of(2));
    show(plot, {420, 370});
    QVERIFY(!plot.detail_shown());
    click_row(plot, 1);
    QVERIFY(plot.detail_shown() && plot.detail()->isVisible());
    QCOMPARE(key_of(*plot.detail()->row()), key_of(plot.overview()->rows()[1]));
    QTest::keyClick(plot.overview(), Qt::Key_Down);
    QCOMPARE(key_of(*plot.detail()->row()), key_of(plot.overview()->rows()[2]));
    QTest::keyClick(plot.overview(), Qt::Key_Escape);
    QVERIFY(!plot.detail_shown());
    QTest::keyClick(plot.overview(), Qt::Key_End);
    QVERIFY(!plot.detail_shown());
    QCOMPARE(*plot.selected(), key_of(plot.overview()->rows().back()));
    QTest::keyClick(plot.overview(), Qt::Key_Return);
    QVERIFY(plot.detail_shown());
    // What is selected is seen.
    QTest::qWait(50);
    const QRect place = plot.overview()->row_rect(plot.overview()->rows().size() - 1);
    QVERIFY(plot.overview()->viewport()->rect().contains(place));
    QTest::mouseClick(plot.findChild<QToolButton*>("range_detail_close"), Qt::LeftButton);
    QVERIFY(!plot.detail_shown());
  }

  void the_next_event_keeps_the_selection() {
    RangePlot plot;
    plot.add(event_of(2));
    show(plot, {420, 370});
    click_row(plot, 2);
    const RangeKey key = *plot.selected();
    RangeEvent next = event_of(2, 25);
    for (StageRange& range : next.stages)
      if (key_of(range) == key) range.histogram = histogram({{5, 77}});
    plot.add(next);
    QTRY_COMPARE(plot.detail()->row()->histogram.at(5), 77u);
    QCOMPARE(*plot.selected(), key);
    plot.clear();
    QVERIFY(plot.overview()->rows().empty() && !plot.detail_shown() && !plot.selected());
  }

  void a_fault_is_selected_whatever_is_filtered_out() {
    RangePlot plot;
    show(plot, {420, 370});
    plot.add(event_of(4));
    QTest::qWait(100);
    plot.set_filter(RangeFilter::gradients);
    plot.set_layer(0);
    plot.add(overflow_in(2, Stage::forward_transform));
    QTest::qWait(50);
    QCOMPARE(*plot.fault(), (RangeKey{2, Stage::forward_transform, false}));
    QCOMPARE(plot.selected(), plot.fault());
    QVERIFY(plot.detail_shown());
    const auto& rows = plot.overview()->rows();
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const StageRange& range) { return key_of(range) == *plot.fault(); });
    QVERIFY(row != rows.end());
    const QRect place = plot.overview()->row_rect(static_cast<std::size_t>(row - rows.begin()));
    QVERIFY(plot.overview()->viewport()->rect().contains(place));
  }

  void a_small_dock_shows_the_rows_or_the_histogram() {
    RangePlot plot;
    plot.add(event_of(4));
    show(plot, {340, 250});
    plot.add(overflow_in(2, Stage::forward_transform));
    QVERIFY(plot.overview()->isVisible() && !plot.detail_shown());
    QTest::keyClick(plot.overview(), Qt::Key_Return);
    QVERIFY(plot.detail()->isVisible() && !plot.overview()->isVisible());
    QTest::keyClick(plot.detail(), Qt::Key_Up);
    QVERIFY(!(plot.selected() == plot.fault()));
    QCOMPARE(key_of(*plot.detail()->row()), *plot.selected());
    QTest::keyClick(plot.detail(), Qt::Key_Escape);
    QVERIFY(plot.overview()->isVisible() && !plot.detail()->isVisible());
    plot.resize(340, 500);
    QTest::keyClick(plot.overview(), Qt::Key_Return);
    QTest::qWait(50);
    QVERIFY(plot.overview()->isVisible() && plot.detail()->isVisible());
  }

  void the_wheel_scrolls_many_rows() {
    RangePlot plot;
    plot.add(event_of(8));
    show(plot, {420, 370});
    QScrollBar* bar = plot.overview()->verticalScrollBar();
    QVERIFY(bar->maximum() > 0);
    QWheelEvent wheel(QPointF(50, 50), plot.overview()->viewport()->mapToGlobal(QPointF(50, 50)), {},
                      {0, -240}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(plot.overview()->viewport(), &wheel);
    QVERIFY(bar->value() > 0);
    // On a large screen everything fits, and rows grow to fill it.
    plot.resize(1600, 1250);
    plot.set_layer(1);
    QTest::qWait(100);
    QCOMPARE(bar->maximum(), 0);
    QVERIFY(plot.overview()->row_rect(0).height() > 20);
  }

  void looks() {
    for (const Theme theme : {Theme::light, Theme::dark}) {
      apply_theme(*qApp, theme);
      const QString end = QStringLiteral("-") + theme_name(theme);
      RangePlot plot;
      plot.add(event_of(4, 120));
      show(plot, {420, 370});
      test::screenshot(plot, QStringLiteral("range") + end);
      click_row(plot, 2);
      QTest::qWait(50);
      test::screenshot(plot, QStringLiteral("range-detail") + end);
      plot.add(overflow_in(2, Stage::inverse_transform));
      QTest::qWait(100);
      test::screenshot(plot, QStringLiteral("range-overflow") + end);
      plot.resize(336, 250);
      QTest::qWait(100);
      test::screenshot(plot, QStringLiteral("range-small") + end);
      plot.resize(1280, 800);
      plot.set_filter(RangeFilter::both);
      QTest::qWait(150);
      test::screenshot(plot, QStringLiteral("range-overflow-large") + end);
      QTest::keyClick(plot.overview(), Qt::Key_Escape);
      plot.add(event_of(4, 120));
      plot.set_filter(RangeFilter::values);
      QTest::qWait(150);
      test::screenshot(plot, QStringLiteral("range-large") + end);
    }
  }
};

QTEST_MAIN(RangePlotTest)
#include "range_plot_test.moc"
