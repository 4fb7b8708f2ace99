#pragma once
// nifti1_io.h of Debian's libnifti-dev includes <znzlib.h>, which is not on the search path: the few functions that
// are used are declared here, as that header has them.
#include <nifti/nifti1.h>
#include <nifti/znzlib.h>

typedef struct { float m[4][4]; } mat44;

void swap_nifti_header(struct nifti_1_header *header, int is_nifti);
void nifti_swap_Nbytes(size_t count, int size, void *values);
mat44 nifti_quatern_to_mat44(
    float qb, float qc, float qd, float qx, float qy, float qz, float dx, float dy, float dz, float qfac);
void nifti_mat44_to_quatern(
    mat44 matrix, float *qb, float *qc, float *qd, float *qx, float *qy, float *qz, float *dx, float *dy, float *dz,
    float *qfac);
