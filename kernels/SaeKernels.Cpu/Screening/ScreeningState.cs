using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Whether encoders screen, and how that has worked so far.</summary>
/// <param name="precision">What was asked for.</param>
internal sealed unsafe class ScreeningState(EncoderPrecision precision)
{
    // Below, rounding and sorting out cost more than four times the multiply-adds save.
    private const int LeastDepth = 64;
    private const int LeastLatents = 512;
    private const int LeastLatentsPerK = 8;

    // With more than half of the latents in float32, all of them are as fast in one pass.
    private const int MostFlagged = 2;

    // What a screen that failed is not tried again for: other data, or weights some steps on, may suit it.
    private const int CallsToPause = 31;
    private long rows;
    private long candidates;
    private long fallbacks;
    private int pause;

    /// <summary>Whether a batch is screened.</summary>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="k">Latents wanted in each row.</param>
    /// <param name="flagged">Latents that float32 encodes for the auxiliary selection in any case.</param>
    public bool Applies(in EncoderInputs inputs, int k, int flagged)
    {
        if (precision == EncoderPrecision.Fp32
            || !Int8Tile.IsAvailable
            || inputs.Input.Rows == 0
            || inputs.WEnc.Columns > Int8Tile.MostDepth)
        {
            return false;
        }

        if (precision == EncoderPrecision.ExactInt8)
        {
            return true;
        }

        if (this.pause > 0)
        {
            this.pause--;
            return false;
        }

        return inputs.WEnc.Columns >= LeastDepth
            && inputs.WEnc.Rows >= Math.Max(LeastLatents, (long)LeastLatentsPerK * k)
            && flagged <= inputs.WEnc.Rows / MostFlagged;
    }

    /// <summary>Counts what the screen left of a batch.</summary>
    public void Count(in ScreenRows screened, int count)
    {
        long left = 0;
        for (int row = 0; row < count; row++)
        {
            left += screened.Counts[row] == ScreenRows.LeftToFloat ? 1 : 0;
            this.candidates += Math.Max(screened.Counts[row], 0);
        }

        this.rows += count;
        this.fallbacks += left;
        if (left > count / 4)
        {
            this.pause = CallsToPause;
        }
    }

    /// <summary>Tells how it has worked.</summary>
    /// <param name="floatPath">The instructions of float32.</param>
    public EncoderReport Report(string floatPath)
    {
        bool screens = precision != EncoderPrecision.Fp32 && Int8Tile.IsAvailable;
        return new EncoderReport(
            screens ? EncoderPrecision.ExactInt8 : EncoderPrecision.Fp32,
            screens ? $"AVX512-VNNI (VPDPBUSD), then {floatPath}" : floatPath,
            this.rows,
            this.candidates,
            this.fallbacks);
    }
}
