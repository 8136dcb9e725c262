using System.IO.Compression;
using System.Runtime.InteropServices;

namespace SaeKernels.Tests;

/// <summary>
/// A GatedAutoEncoder of dictionary_learning, of two numbers and three latents, as torch.save writes it: its encoder is
/// stored as the transpose of a decoder.
/// </summary>
internal static class TorchArchive
{
    // Written by Python's pickle, protocol 2, with PyTorch's names, for an OrderedDict with _metadata.
    private const string Pickle =
        "gAJjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQApUnEBKFgMAAAAZGVjb2Rlcl9iaWFzcQJjdG9yY2guX3V0aWxzCl9yZWJ1aWxk"
        + "X3RlbnNvcl92MgpxAygoWAcAAABzdG9yYWdlcQRjdG9yY2gKRmxvYXRTdG9yYWdlCnEFWAEAAAAwcQZYAwAAAGNwdXEHSwJ0cQhR"
        + "SwBLAoVxCUsBhXEKiWgAKVJxC3RxDFJxDVgFAAAAcl9tYWdxDmgDKChoBGgFWAEAAAAxcQ9oB0sDdHEQUUsASwOFcRFoColoAClS"
        + "cRJ0cRNScRRYCQAAAGdhdGVfYmlhc3EVaAMoKGgEaAVYAQAAADJxFmgHSwN0cRdRSwBLA4VxGGgKiWgAKVJxGXRxGlJxG1gIAAAA"
        + "bWFnX2JpYXNxHGgDKChoBGgFWAEAAAAzcR1oB0sDdHEeUUsASwOFcR9oColoAClScSB0cSFScSJYDgAAAGVuY29kZXIud2VpZ2h0"
        + "cSNoAygoaARoBVgBAAAANHEkaAdLBnRxJVFLAEsDSwKGcSZLAUsDhnEniWgAKVJxKHRxKVJxKlgOAAAAZGVjb2Rlci53ZWlnaHRx"
        + "K2gDKChoBGgFWAEAAAA1cSxoB0sGdHEtUUsASwJLA4ZxLksDSwGGcS+JaAApUnEwdHExUnEydX1xM1gJAAAAX21ldGFkYXRhcTRo"
        + "AClScTUoWAAAAABxNn1xN1gHAAAAdmVyc2lvbnE4SwFzWAcAAABlbmNvZGVycTl9cTpoOEsBc1gHAAAAZGVjb2RlcnE7fXE8aDhL"
        + "AXN1c2Iu";

    /// <summary>Numbers of the storages in their order: b_dec, r, b_gate, b_mag, W_encᵀ, W_decᵀ.</summary>
    public static float[][] Storages { get; } =
    [
        [0.5f, -0.25f],
        [0.25f, -0.5f, 0],
        [0.1f, -0.2f, 0.3f],
        [-0.1f, 0.4f, 0.05f],
        [1, -0.5f, 0.75f, 0.2f, 0.6f, -1],
        [0.6f, 0, -0.8f, 0.8f, 1, 0.6f],
    ];

    /// <summary>Writes the file.</summary>
    public static void Write(string path, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using FileStream stream = File.Create(path);
        using ZipArchive archive = new(stream, ZipArchiveMode.Create);
        Add("data.pkl", Convert.FromBase64String(Pickle));
        Add("byteorder", "little"u8);
        for (int i = 0; i < Storages.Length; i++)
        {
            Add($"data/{i}", MemoryMarshal.AsBytes(Storages[i].AsSpan()));
        }

        Add("version", "3\n"u8);

        void Add(string name, ReadOnlySpan<byte> content)
        {
            using Stream entry = archive.CreateEntry($"ae/{name}", compression).Open();
            entry.Write(content);
        }
    }
}
