#pragma once

#include "ck_kernels.h"
#include "ck_layers.h"
#include "ck_reference.h"
#include "ck_spin.h"
#include "ck_winograd2d.h"
