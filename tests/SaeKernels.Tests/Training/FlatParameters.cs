namespace SaeKernels.Tests.Training;

/// <summary>
/// Where the parameters of a model lie in one array: W_enc, W_dec, b_enc, b_dec, what latents have beside that and is
/// trained, W_skip.
/// </summary>
internal sealed record FlatParameters(int DIn, int Latents)
{
    public const int WEnc = 0;

    /// <summary>The width of what a transcoder reconstructs; null where it is what the encoder sees.</summary>
    public int? TargetWidth { get; init; }

    public bool HasSkip { get; init; }

    /// <summary>
    /// Trained numbers that each latent has beside its rows and its bias: a threshold, or a magnitude's bias and the
    /// logarithm of its gain.
    /// </summary>
    public int Vectors { get; init; }

    public int DOut => this.TargetWidth ?? this.DIn;

    public int WDec => this.Latents * this.DIn;

    public int BEnc => this.WDec + (this.Latents * this.DOut);

    public int BDec => this.BEnc + this.Latents;

    public int FirstVector => this.BDec + this.DOut;

    public int WSkip => this.FirstVector + (this.Vectors * this.Latents);

    public int Count => this.WSkip + (this.HasSkip ? this.DOut * this.DIn : 0);

    /// <summary>The parts of the array that hold parameters of one kind: the first one and how many.</summary>
    public IEnumerable<(int First, int Count)> Parts()
    {
        int[] ends =
        [
            WEnc, this.WDec, this.BEnc, this.BDec, this.FirstVector,
            .. Enumerable.Range(1, this.Vectors).Select(vector => this.FirstVector + (vector * this.Latents)),
            .. this.HasSkip ? (int[])[this.Count] : [],
        ];
        return ends.Zip(ends.Skip(1), (first, end) => (first, end - first));
    }

    /// <summary>W_enc · (x − b_dec), or W_enc · x of a transcoder.</summary>
    public double[] Products(double[] p, double[] x)
    {
        double[] products = new double[this.Latents];
        for (int latent = 0; latent < products.Length; latent++)
        {
            for (int d = 0; d < this.DIn; d++)
            {
                products[latent] += p[(latent * this.DIn) + d] * Seen(p, x, d);
            }
        }

        return products;
    }

    public double[] PreActivations(double[] p, double[] x)
    {
        double[] all = Products(p, x);
        for (int latent = 0; latent < all.Length; latent++)
        {
            all[latent] += p[this.BEnc + latent];
        }

        return all;
    }

    /// <summary>What the encoder sees of an element.</summary>
    public double Seen(double[] p, double[] x, int d) => x[d] - (this.TargetWidth is null ? p[this.BDec + d] : 0);

    /// <summary>target − b_dec − Σ_{j &lt; end} value_j · W_dec[j]; without b_dec where that is not wanted.</summary>
    public double[] Residual(double[] p, double[] target, double[] values, int? end = null, bool hasBias = true)
    {
        double[] residual = new double[this.DOut];
        for (int d = 0; d < residual.Length; d++)
        {
            residual[d] = target[d] - (hasBias ? p[this.BDec + d] : 0);
            for (int latent = 0; latent < (end ?? this.Latents); latent++)
            {
                residual[d] -= values[latent] * p[this.WDec + (latent * residual.Length) + d];
            }
        }

        return residual;
    }

    /// <summary>The sum of the lengths of a decoder row's parts, one a site.</summary>
    public double DecoderNorm(double[] p, int latent, params ReadOnlySpan<int> sites)
    {
        double norm = 0;
        int first = this.WDec + (latent * this.DOut);
        foreach (int width in sites.IsEmpty ? [this.DOut] : sites)
        {
            norm += Math.Sqrt(p[first..(first + width)].Sum(weight => weight * weight));
            first += width;
        }

        return norm;
    }
}
