#include "widgets/vtk_widget.h"

#include "support/window_support.h"

#include <QHBoxLayout>
#include <QTest>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkSmartPointer.h>

#include <array>
#include <memory>

using namespace halfwave::widgets;
using halfwave::test::show_window;
using halfwave::test::wait_for;

namespace {

// Clears to one colour.
class Plain : public VtkWidget {
 public:
  using VtkWidget::VtkWidget;
  void set_colour(double r, double g, double b) { colour_ = {r, g, b}; }

 protected:
  Frame next_frame() override {
    return [renderer = renderer_, colour = colour_](vtkRenderWindow& window) {
      if (!*renderer) {
        *renderer = vtkSmartPointer<vtkRenderer>::New();
        window.AddRenderer(*renderer);
      }
      (*renderer)->SetBackground(colour[0], colour[1], colour[2]);
    };
  }

 private:
  std::array<double, 3> colour_ = {1, 0, 0};
  std::shared_ptr<vtkSmartPointer<vtkRenderer>> renderer_ = std::make_shared<vtkSmartPointer<vtkRenderer>>();
};

QColor middle(QWidget& widget) {
  return widget.grab().toImage().pixelColor(widget.width() / 2, widget.height() / 2);
}

}  // namespace

class VtkWidgetTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    if (!opengl_problem().isEmpty()) QSKIP(qPrintable(opengl_problem()));
  }

  void shows_what_vtk_draws() {
    Plain widget;
    QVERIFY(widget.available());
    QVERIFY(show_window(widget, {200, 150}));
    QVERIFY(wait_for([&] { return widget.rendered_count() > 0; }));
    QCOMPARE(middle(widget), QColor(255, 0, 0));
    widget.set_colour(0, 0, 1);
    const int before = widget.rendered_count();
    widget.request_render();
    QVERIFY(wait_for([&] { return widget.rendered_count() > before; }));
    QCOMPARE(middle(widget), QColor(0, 0, 255));
  }

  void many_requests_make_one_picture() {
    Plain widget;
    QVERIFY(show_window(widget, {200, 150}));
    QVERIFY(wait_for([&] { return widget.rendered_count() > 0; }));
    QTest::qWait(50);
    const int before = widget.rendered_count();
    for (int k = 0; k < 100; ++k) widget.request_render();
    QVERIFY(wait_for([&] { return widget.rendered_count() > before; }));
    QTest::qWait(200);
    QCOMPARE(widget.rendered_count(), before + 1);
  }

  void nothing_is_drawn_while_hidden() {
    Plain widget;
    widget.resize(100, 100);
    widget.request_render();
    QTest::qWait(30);
    QCOMPARE(widget.rendered_count(), 0);
    QVERIFY(show_window(widget, {100, 100}));
    QVERIFY(wait_for([&] { return widget.rendered_count() > 0; }));
    QTest::qWait(100);
    widget.hide();
    const int before = widget.rendered_count();
    widget.request_render();
    QTest::qWait(30);
    QCOMPARE(widget.rendered_count(), before);
    widget.show();
    QVERIFY(wait_for([&] { return widget.rendered_count() > before; }));
  }

  void moves_between_windows_as_a_dock_does() {
    QWidget first, second;
    for (QWidget* window : {&first, &second}) new QHBoxLayout(window);
    auto* widget = new Plain;
    first.layout()->addWidget(widget);
    QVERIFY(show_window(first, {200, 150}));
    QVERIFY(show_window(second, {300, 250}));
    QVERIFY(wait_for([&] { return widget->rendered_count() > 0; }));
    for (QWidget* window : {&second, &first, &second}) {
      const int before = widget->rendered_count();
      window->layout()->addWidget(widget);
      widget->set_colour(0, 1, 0);
      widget->request_render();
      QVERIFY(wait_for([&] { return widget->rendered_count() > before; }));
      QVERIFY(wait_for([&] { return middle(*widget) == QColor(0, 255, 0); }));
    }
  }

  void several_live_side_by_side() {
    QWidget window;
    auto* row = new QHBoxLayout(&window);
    std::vector<Plain*> all;
    for (int k = 0; k < 3; ++k) {
      all.push_back(new Plain);
      all.back()->set_colour(0.2 * k, 0.4, 1.0);
      row->addWidget(all.back());
    }
    QVERIFY(show_window(window, {600, 200}));
    for (int k = 0; k < 3; ++k) {
      QVERIFY(wait_for([&] { return all[static_cast<std::size_t>(k)]->rendered_count() > 0; }));
      QCOMPARE(middle(*all[static_cast<std::size_t>(k)]), QColor(51 * k, 102, 255));
    }
    all[1]->request_render();
    QTest::qWait(1);
    delete all[1];  // while its picture is being made
    const int before = all[2]->rendered_count();
    all[2]->request_render();
    QVERIFY(wait_for([&] { return all[2]->rendered_count() > before; }));
  }

  void tiny_and_resized() {
    Plain widget;
    QVERIFY(show_window(widget, {1, 1}));
    QTest::qWait(30);
    for (const QSize size : {QSize(400, 1), QSize(1, 400), QSize(333, 217)}) {
      widget.resize(size);
      QTest::qWait(40);
    }
    QVERIFY(wait_for([&] { return middle(widget) == QColor(255, 0, 0); }));
  }
};

QTEST_MAIN(VtkWidgetTest)
#include "vtk_widget_test.moc"
