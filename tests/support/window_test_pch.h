#pragma once

#include <QtTest/QtTest>
#include <QtWidgets/QtWidgets>
