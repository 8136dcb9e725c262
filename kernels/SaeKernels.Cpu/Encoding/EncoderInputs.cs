using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>What every encoder reads.</summary>
/// <param name="Input">What the encoder sees, x [batch, DIn].</param>
/// <param name="WEnc">The encoder W_enc [DSae, DIn].</param>
/// <param name="BEnc">The encoder's bias b_enc [DSae].</param>
/// <param name="Aux">Where not null, a second selection among flagged latents.</param>
internal readonly record struct EncoderInputs(RealMatrix Input, RealMatrix WEnc, RealBuffer BEnc, AuxSelection? Aux);
