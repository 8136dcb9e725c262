namespace SaeKernels.Metrics;

/// <summary>What the weights of each latent are: lengths, bias, and how encoder and decoder point.</summary>
/// <remarks>Float64 on the host, in blocks of rows: no copy of a weight matrix is made.</remarks>
public sealed class LatentGeometry
{
    private const int Block = 1024;

    private LatentGeometry(int latents)
    {
        this.DecoderNorms = new double[latents];
        this.EncoderNorms = new double[latents];
        this.Dots = new double[latents];
        this.EncoderBias = new double[latents];
    }

    /// <summary>The length of each decoder row, [DSae].</summary>
    public double[] DecoderNorms { get; }

    /// <summary>The length of each encoder row, [DSae].</summary>
    public double[] EncoderNorms { get; }

    /// <summary>
    /// ⟨encoder row, decoder row⟩ of each latent, [DSae]; NaN where the two belong to different sites.
    /// </summary>
    public double[] Dots { get; }

    /// <summary>The encoder bias of each latent, [DSae].</summary>
    public double[] EncoderBias { get; }

    /// <summary>Reads the weights of a model.</summary>
    /// <param name="parameters">The weights.</param>
    public static LatentGeometry Of(SaeParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        (int dIn, int dOut) = (parameters.WEnc.Columns, parameters.WDec.Columns);
        bool isComparable = !parameters.HasTarget;
        LatentGeometry geometry = new(parameters.WDec.Rows);
        parameters.BEnc.Download(geometry.EncoderBias.AsSpan());
        double[] encoder = new double[Block * dIn];
        double[] decoder = new double[Block * dOut];
        for (int first = 0; first < parameters.WDec.Rows; first += Block)
        {
            int rows = Math.Min(Block, parameters.WDec.Rows - first);
            parameters.WEnc.Buffer.Download(encoder.AsSpan(0, rows * dIn), (long)first * dIn);
            parameters.WDec.Buffer.Download(decoder.AsSpan(0, rows * dOut), (long)first * dOut);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<double> e = encoder.AsSpan(row * dIn, dIn);
                ReadOnlySpan<double> d = decoder.AsSpan(row * dOut, dOut);
                geometry.EncoderNorms[first + row] = Math.Sqrt(VectorProducts.Dot(e, e));
                geometry.DecoderNorms[first + row] = Math.Sqrt(VectorProducts.Dot(d, d));
                geometry.Dots[first + row] = isComparable ? VectorProducts.Dot(e, d) : double.NaN;
            }
        }

        return geometry;
    }
}
