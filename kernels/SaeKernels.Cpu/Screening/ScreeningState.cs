using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Whether encoders screen, and how that has worked so far.</summary>
/// <param name="precision">What was asked for.</param>
internal sealed unsafe class ScreeningState(EncoderPrecision precision)
{
    // Below, sorting out costs more than the multiply-adds that are saved: 288 × 2,304 lost, 512 × 16,384 won (Zen 5,
    // 2026-11-22).
    private const long LeastWeights = 1L << 21;
    private const int LeastLatentsPerK = 16;

    // With more than half of the latents in float32, all of them are as fast in one pass.
    private const int MostFlagged = 2;

    // What a screen that failed is not tried again for: other data, or weights some steps on, may suit it.
    private const int CallsToPause = 31;

    // A guess that a row misses costs screening it twice; one that is too low costs candidates on the way.
    private const int Samples = 256;
    private const int SamplesPerOutlier = 100;
    private const float SafetyShare = 0.95f;
    private long rows;
    private long candidates;
    private long fallbacks;
    private int pause;
    private (nint WEnc, int Latents, int K) learntFrom;
    private float learntShare;

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

    /// <summary>What to guess of a batch: see <see cref="ScreenBlocks"/>.</summary>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="k">Latents wanted in each row.</param>
    public float WarmShare(in EncoderInputs inputs, int k) =>
        this.learntFrom == ((nint)HostPointers.Of(inputs.WEnc), inputs.WEnc.Rows, k) ? this.learntShare : 0;

    /// <summary>Learns what to guess of the next batch.</summary>
    /// <param name="screened">The rows, closed.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="k">Latents wanted in each row.</param>
    public void Learn(in ScreenRows screened, in EncoderInputs inputs, int k)
    {
        this.learntFrom = ((nint)HostPointers.Of(inputs.WEnc), inputs.WEnc.Rows, k);
        this.learntShare = LowShare(screened, inputs.Input.Rows);
    }

    /// <summary>Counts what the screen left of a batch.</summary>
    /// <param name="screened">The rows.</param>
    /// <param name="count">How many there are.</param>
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

    /// <summary>A share of their norm that nearly all limits reach; 0 where there is none above 0.</summary>
    private static float LowShare(in ScreenRows screened, int count)
    {
        Span<float> shares = stackalloc float[Samples];
        int samples = 0;
        for (int i = 0; i < Math.Min(Samples, count); i++)
        {
            int row = (int)((long)i * count / Math.Min(Samples, count));
            if (screened.Counts[row] > 0 && screened.Norms[row] > 0)
            {
                shares[samples++] = screened.Limits[row] / screened.Norms[row];
            }
        }

        shares = shares[..samples];
        shares.Sort();
        return samples == 0 ? 0 : Math.Max(0, shares[samples / SamplesPerOutlier] * SafetyShare);
    }
}
