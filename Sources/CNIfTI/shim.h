#pragma once
#include <nifti/nifti1.h>
