using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using SaeKernels.Abstractions;

namespace SaeKernels.Factorization;

/// <summary>The SHA-256 of a model: of its configuration and the float32 of all its weights, wherever it was saved.
/// </summary>
public static class ModelHash
{
    private const int Piece = 1 << 18;

    /// <summary>Hashes a model.</summary>
    /// <param name="sae">The model.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(Sae sae)
    {
        ArgumentNullException.ThrowIfNull(sae);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(sae.Config));
        SaeParameters parameters = sae.Parameters;
        IEnumerable<RealBuffer> buffers =
        [
            parameters.WEnc.Buffer, parameters.BEnc, parameters.WDec.Buffer, parameters.BDec,
            .. parameters.LatentVectors.Select(vector => vector.Values),
        ];
        float[] piece = new float[Piece];
        foreach (RealBuffer buffer in parameters.WSkip is RealMatrix skip ? buffers.Append(skip.Buffer) : buffers)
        {
            for (long first = 0; first < buffer.Length; first += Piece)
            {
                Span<float> part = piece.AsSpan(0, (int)Math.Min(Piece, buffer.Length - first));
                buffer.Download(part, first);
                hash.AppendData(MemoryMarshal.AsBytes(part));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
