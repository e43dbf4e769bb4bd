#include "support/sample_fields.h"
#include "support/window_support.h"
#include "widgets/field_panel.h"

#include <QSignalSpy>
#include <QTest>

using namespace halfwave;
using namespace halfwave::widgets;
using halfwave::test::darcy_like;
using halfwave::test::screenshot;
using halfwave::test::show_window;

/// Without OpenGL 3.2 the views say so; all else goes on.
class NoOpenglTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { qputenv("HALFWAVE_NO_OPENGL", "1"); }

  void the_view_says_so() {
    QVERIFY(opengl_problem().contains(QStringLiteral("HALFWAVE_NO_OPENGL")));
    FieldPanel panel;
    panel.set_snapshot(darcy_like({16, 16}));
    QVERIFY(show_window(panel, {700, 500}));
    QVERIFY(!panel.view()->available());
    screenshot(panel, QStringLiteral("fields_no_opengl"));
    panel.set_snapshot(darcy_like({32, 32}));
    panel.set_mode(FieldMode::surface);
    QTest::mouseMove(panel.view(), {200, 200});
    QTest::mouseClick(panel.view(), Qt::LeftButton, {}, {200, 200});
    QTest::keyClick(panel.view(), Qt::Key_Plus);
    QTest::qWait(30);
    QCOMPARE(panel.view()->rendered_count(), 0);
  }

  void curves_need_none() {
    FieldPanel panel;
    panel.set_snapshot(darcy_like({64}));
    QVERIFY(show_window(panel, {700, 500}));
    QVERIFY(!panel.view()->isVisible());
  }
};

QTEST_MAIN(NoOpenglTest)
#include "no_opengl_test.moc"
