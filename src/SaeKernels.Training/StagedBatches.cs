using System.Runtime.InteropServices;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Training;

/// <summary>How batches come from the data into staged memory.</summary>
internal static class StagedBatches
{
    /// <summary>Returns how the numbers of a run are staged.</summary>
    /// <param name="type">How the data stores them.</param>
    /// <param name="normalize">What the host does to them; layer normalisation leaves no 16-bit numbers.</param>
    public static StagedElement ElementOf(TensorType type, NormalizationKind normalize) => type switch
    {
        _ when normalize == NormalizationKind.LayerNorm => StagedElement.Fp32,
        TensorType.F16 => StagedElement.Fp16,
        TensorType.BF16 => StagedElement.Bf16,
        _ => StagedElement.Fp32,
    };

    /// <summary>Reads the next batch into a slot, and sends it to the device.</summary>
    /// <param name="staging">The slots.</param>
    /// <param name="slot">One of them.</param>
    /// <param name="rows">The data in training order.</param>
    /// <param name="normalization">
    /// The run's map, of which layer normalisation is done here; the device does all else.
    /// </param>
    public static void Fill(BatchStaging staging, int slot, ShuffledRows rows, Normalization normalization)
    {
        Span<byte> memory = staging.HostMemory(slot);
        if (normalization.Kind == NormalizationKind.LayerNorm)
        {
            Span<float> vectors = MemoryMarshal.Cast<byte, float>(memory);
            rows.Read(vectors);
            normalization.Apply(vectors);
        }
        else
        {
            rows.ReadStored(memory);
        }

        staging.Send(slot);
    }
}
