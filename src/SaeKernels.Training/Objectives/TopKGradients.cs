using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The gradients of every parameter of a TopK model, in buffers of the caller.</summary>
/// <param name="WEnc">∂W_enc [DSae, DIn].</param>
/// <param name="BEnc">∂b_enc [DSae].</param>
/// <param name="WDec">∂W_dec [DSae, DIn].</param>
/// <param name="BDec">∂b_dec [DIn].</param>
public sealed record TopKGradients(RealMatrix WEnc, RealBuffer BEnc, RealMatrix WDec, RealBuffer BDec);
