//! Instruction sets that the kernels are compiled for. All give the same results, bit for bit.
//!
//! A kernel is one generic function over [`Machine`], inlined into a function for each instruction set. Where a set has an
//! instruction that changes how the work is done, the kernel asks the machine's constants; everything else is left to the
//! compiler.

/// The sets to choose from at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// Whatever the program as a whole is compiled for.
    Baseline,
    /// AVX2, BMI, LZCNT and POPCNT.
    Avx2,
    /// The same with AVX-512 F, BW, CD, DQ, VL, VBMI, VBMI2, BITALG and VPOPCNTDQ: Ice Lake, Zen 4 and later.
    Avx512,
}

impl Instructions {
    /// All of them, the plainest first.
    pub const ALL: [Instructions; 3] = [Instructions::Baseline, Instructions::Avx2, Instructions::Avx512];

    /// Whether this machine has them.
    pub fn available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            use std::is_x86_feature_detected as has;
            let avx2 = || has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt");
            let avx512 = || {
                let foundation = has!("avx512f") && has!("avx512bw") && has!("avx512cd") && has!("avx512dq");
                let bytes = has!("avx512vbmi") && has!("avx512vbmi2") && has!("avx512bitalg");
                foundation && bytes && has!("avx512vl") && has!("avx512vpopcntdq")
            };
            match self {
                Instructions::Baseline => true,
                Instructions::Avx2 => avx2(),
                Instructions::Avx512 => avx2() && avx512(),
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            self == Instructions::Baseline
        }
    }

    /// The best that this machine has.
    pub fn best() -> Instructions {
        Instructions::ALL.into_iter().rev().find(|set| set.available()).unwrap_or(Instructions::Baseline)
    }
}

/// What a kernel may use.
///
/// A machine other than [`Baseline`] may only be named where its instructions are known to be there: in a function that
/// has them enabled.
pub(crate) trait Machine {
    /// BMI2: `pext` and `pdep`.
    const BMI2: bool;
    /// All of [`Instructions::Avx512`].
    const AVX512: bool;
}

/// See [`Instructions::Baseline`].
pub(crate) struct Baseline;
/// See [`Instructions::Avx2`].
#[cfg(target_arch = "x86_64")]
pub(crate) struct Avx2;
/// See [`Instructions::Avx512`].
#[cfg(target_arch = "x86_64")]
pub(crate) struct Avx512;

impl Machine for Baseline {
    const BMI2: bool = false;
    const AVX512: bool = false;
}

#[cfg(target_arch = "x86_64")]
impl Machine for Avx2 {
    const BMI2: bool = true;
    const AVX512: bool = false;
}

#[cfg(target_arch = "x86_64")]
impl Machine for Avx512 {
    const BMI2: bool = true;
    const AVX512: bool = true;
}
