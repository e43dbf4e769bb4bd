#include "core/data/field_of.h"

#include "core/error.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

class FieldOfTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void takes_one_channel_of_one_sample() {
    const at::Tensor x = at::arange(2 * 3 * 4 * 5, at::kFloat).reshape({2, 3, 4, 5});
    const Field field = field_of(x, 1, 2);
    QCOMPARE(field.shape, (std::vector{4, 5}));
    QCOMPARE(field.values.size(), std::size_t{20});
    for (int i = 0; i < 20; ++i) QCOMPARE(field.values[i], float((1 * 3 + 2) * 20 + i));
  }

  void takes_any_order_in_memory_and_any_real_type() {
    const at::Tensor x = at::arange(24, at::kDouble).reshape({2, 1, 3, 4});
    const at::Tensor turned = x.permute({3, 1, 2, 0});  // (4, 1, 3, 2)
    const Field field = field_of(turned.to(at::kBFloat16), 3);
    QCOMPARE(field.shape, (std::vector{3, 2}));
    QCOMPARE(field.values, (std::vector<float>{3, 15, 7, 19, 11, 23}));
  }

  void has_one_to_three_axes() {
    QCOMPARE(field_of(at::zeros({1, 1, 7}), 0).shape, (std::vector{7}));
    QCOMPARE(field_of(at::zeros({1, 1, 2, 3, 4}), 0).shape, (std::vector{2, 3, 4}));
    QVERIFY_EXCEPTION_THROWN(field_of(at::zeros({1, 1}), 0), RequestError);
    QVERIFY_EXCEPTION_THROWN(field_of(at::Tensor(), 0), RequestError);
  }

  void does_not_need_a_tensor_without_gradient() {
    const at::Tensor x = at::ones({1, 1, 2}).requires_grad_(true);
    QCOMPARE(field_of(x, 0).values, (std::vector<float>{1, 1}));
  }

  void refuses_what_does_not_exist() {
    const at::Tensor x = at::zeros({2, 3, 4});
    QVERIFY_EXCEPTION_THROWN(field_of(x, 2), RequestError);
    QVERIFY_EXCEPTION_THROWN(field_of(x, -1), RequestError);
    QVERIFY_EXCEPTION_THROWN(field_of(x, 0, 3), RequestError);
  }
};

QTEST_GUILESS_MAIN(FieldOfTest)
#include "field_of_test.moc"
