#include "app/lab/modes_advisor.h"

#include <QtTest>

using halfwave::lab::fitting_modes;

class ModesAdvisorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void leaves_what_fits() {
    QCOMPARE(fitting_modes({12, 16}, {{64, 64}, {16, 16}}), std::vector<int>({12, 16}));
  }

  void bows_to_the_coarsest_grid() {
    QCOMPARE(fitting_modes({12, 32}, {{64, 64}, {16, 16}}), std::vector<int>({12, 16}));
  }

  void follows_the_number_of_axes() {
    QCOMPARE(fitting_modes({12, 12}, {{1024}}), std::vector<int>({12}));
    QCOMPARE(fitting_modes({12, 12}, {{64, 64, 8}}), std::vector<int>({12, 12, 4}));
    QCOMPARE(fitting_modes({12}, {{64, 1}}), std::vector<int>({12, 1}));
  }

  void says_nothing_without_data() { QCOMPARE(fitting_modes({12, 12}, {}), std::vector<int>({12, 12})); }
};

QTEST_GUILESS_MAIN(ModesAdvisorTest)
#include "modes_advisor_test.moc"
