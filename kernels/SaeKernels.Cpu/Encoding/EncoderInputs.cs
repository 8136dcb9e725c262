using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>What every encoder reads.</summary>
/// <param name="input">What the encoder sees, x [batch, DIn].</param>
/// <param name="wEnc">The encoder W_enc [DSae, DIn].</param>
/// <param name="bEnc">The encoder's bias b_enc [DSae].</param>
/// <param name="aux">Where not null, a second selection among flagged latents.</param>
internal readonly unsafe struct EncoderInputs(RealMatrix input, RealMatrix wEnc, RealBuffer bEnc, AuxSelection? aux)
{
    /// <summary>What the encoder sees, x [batch, DIn].</summary>
    public RealMatrix Input { get; } = input;

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public RealMatrix WEnc { get; } = wEnc;

    /// <summary>The encoder's bias b_enc [DSae].</summary>
    public RealBuffer BEnc { get; } = bEnc;

    /// <summary>Where not null, a second selection among flagged latents.</summary>
    public AuxSelection? Aux { get; init; } = aux;

    /// <summary>Where not null, the rows that are encoded, ascending; <see cref="RowCount"/> of them.</summary>
    public int* RowList { get; init; }

    /// <summary>The number of rows that are encoded.</summary>
    public int RowCount { get; init; } = input.Rows;

    /// <summary>Where not null, the latents that are encoded, ascending; <see cref="LatentCount"/> of them.</summary>
    public int* LatentList { get; init; }

    /// <summary>The number of latents that are encoded. A selection sees their places in the list.</summary>
    public int LatentCount { get; init; } = wEnc.Rows;
}
