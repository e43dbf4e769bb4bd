#include "support/sample_fields.h"
#include "support/window_support.h"
#include "widgets/field_panel.h"

#include <QElapsedTimer>
#include <QTest>
#include <QThread>

#include <algorithm>

using namespace halfwave;
using namespace halfwave::widgets;
using halfwave::test::darcy_like;
using halfwave::test::show_window;
using halfwave::test::wait_for;

/// Writes down how long one snapshot holds the event loop; no time is asserted.
class FieldSpeedTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void one_snapshot_data() {
    QTest::addColumn<int>("points");
    QTest::addColumn<int>("mode");
    for (const int points : {64, 128, 256, 512})
      for (const FieldMode mode : {FieldMode::image, FieldMode::surface})
        QTest::addRow("%d %s", points, mode == FieldMode::image ? "image" : "surface")
            << points << static_cast<int>(mode);
  }

  void one_snapshot() {
    QFETCH(int, points);
    QFETCH(int, mode);
    if (!opengl_problem().isEmpty()) QSKIP(qPrintable(opengl_problem()));
    FieldPanel panel;
    panel.set_mode(static_cast<FieldMode>(mode));
    const SnapshotEvent even = darcy_like({points, points}, 0.05), odd = darcy_like({points, points}, 0.2);
    panel.set_snapshot(even);
    QVERIFY(show_window(panel, {900, 700}));
    QVERIFY(wait_for([&] { return panel.view()->rendered_count() > 0; }));
    QTest::qWait(100);

    // The longest turn of the event loop is what a person feels; pictures are made beside it.
    std::vector<double> handler, turns, picture;
    const auto milliseconds = [](const QElapsedTimer& clock) {
      return 1e-6 * static_cast<double>(clock.nsecsElapsed());
    };
    QElapsedTimer clock;
    for (int k = 0; k < 31; ++k) {
      const int before = panel.view()->rendered_count();
      clock.start();
      panel.set_snapshot(k % 2 == 0 ? odd : even);
      handler.push_back(milliseconds(clock));
      while (panel.view()->rendered_count() == before) {
        clock.start();
        QCoreApplication::processEvents();
        if (milliseconds(clock) > 0.1) turns.push_back(milliseconds(clock));
        QThread::usleep(200);
      }
      clock.start();
      QCoreApplication::processEvents();
      turns.push_back(milliseconds(clock));
      picture.push_back(panel.view()->last_render_ms());
    }
    for (auto* all : {&handler, &turns, &picture}) std::sort(all->begin(), all->end());
    qInfo(
        "set_snapshot %.1f ms (longest %.1f), turns of the event loop %.1f ms (longest %.1f), picture beside "
        "it "
        "%.1f ms (longest %.1f)",
        handler[handler.size() / 2], handler.back(), turns[turns.size() / 2], turns.back(),
        picture[picture.size() / 2], picture.back());
    QCOMPARE(picture.size(), std::size_t{31});
  }
};

QTEST_MAIN(FieldSpeedTest)
#include "field_speed_test.moc"
