#pragma once

#include <QtTest/QtTest>

#include "core/torch_pch.h"
