#pragma once
#include "CKernelsSpectral.h"
