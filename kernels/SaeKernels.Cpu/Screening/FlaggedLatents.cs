using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>The latents that an auxiliary selection may take, encoded in float32 beside a screen.</summary>
/// <remarks>They are few as a rule: latents that have been silent for long.</remarks>
internal readonly unsafe struct FlaggedLatents
{
    private readonly int* latents;

    /// <summary>Lists the flagged latents.</summary>
    /// <param name="context">Scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    public FlaggedLatents(CpuContext context, in EncoderInputs inputs)
    {
        if (inputs.Aux is not AuxSelection aux)
        {
            return;
        }

        int* mask = HostPointers.Of(aux.Mask);
        int count = 0;
        this.latents = context.Scratch.Take<int>(inputs.WEnc.Rows);
        for (int latent = 0; latent < inputs.WEnc.Rows; latent++)
        {
            if (mask[latent] != 0)
            {
                this.latents[count++] = latent;
            }
        }

        this.Count = count;
    }

    /// <summary>The number of flagged latents.</summary>
    public int Count { get; }

    /// <summary>Makes the auxiliary selection.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    public void Encode(CpuContext context, in EncoderInputs inputs)
    {
        if (inputs.Aux is not AuxSelection aux)
        {
            return;
        }

        int rows = inputs.Input.Rows;
        int k = Math.Min(aux.K, this.Count);
        if (k > 0)
        {
            EncoderInputs flagged = inputs with { Aux = null, LatentList = this.latents, LatentCount = this.Count };
            Encoder.Run(context, flagged, new TopKSelection(context, aux.Codes, k));
            int* indices = HostPointers.Of(aux.Codes.Indices);
            for (long entry = 0; entry < (long)rows * k; entry++)
            {
                indices[entry] = this.latents[indices[entry]];
            }
        }

        CodeRows.Close(aux.Codes, rows, k);
    }
}
