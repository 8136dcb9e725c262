using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Whether encoders screen, and how that has worked so far.</summary>
/// <param name="precision">What was asked for.</param>
internal sealed unsafe class ScreeningState(EncoderPrecision precision)
{
    // Below, sorting out costs more than the multiply-adds that are saved: on batches that are not those before,
    // 288 × 2,304 takes 5.1 ms a step instead of 4.7 (Zen 5, nothing else running, 2026-11-23).
    private const long LeastWeights = 1L << 20;
    private const int LeastLatentsPerK = 16;

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

        return (long)inputs.WEnc.Rows * inputs.WEnc.Columns >= LeastWeights
            && inputs.WEnc.Rows / LeastLatentsPerK >= k
            && flagged <= inputs.WEnc.Rows / MostFlagged;
    }

    /// <summary>Counts what the screen left of a batch.</summary>
    /// <param name="screened">The rows.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="computed">Candidates of each row that are computed already, and not among these.</param>
    public void Count(in ScreenRows screened, int count, int computed = 0)
    {
        long left = 0;
        for (int row = 0; row < count; row++)
        {
            bool isLeft = screened.Counts[row] == ScreenRows.LeftToFloat;
            left += isLeft ? 1 : 0;
            this.candidates += isLeft ? 0 : screened.Counts[row] + computed;
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
