#pragma once

#include "core/torch_pch.h"

#include <QtTest/QtTest>
